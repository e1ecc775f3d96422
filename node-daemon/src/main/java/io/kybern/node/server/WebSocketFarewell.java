package io.kybern.node.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.concurrent.TimeUnit;

/**
 * Ends a WebSocket from the server's side as RFC 6455 asks in section 7.1.1: the connection stays until the client has answered the
 * close message. Closed at once while the client still sends, it would be reset, and the client could lose what it has not read yet,
 * the session's result above all.
 */
final class WebSocketFarewell extends SimpleChannelInboundHandler<WebSocketFrame> {

    /** How long a client that does not answer keeps its connection. */
    static final long PATIENCE_MILLIS = 2_000;

    private static final int NORMAL_CLOSURE = 1000;

    private WebSocketFarewell() {}

    /**
     * Sends the close message; what the client sends until it answers is dropped.
     *
     * @param session the handler that took the client's messages so far
     */
    static void begin(Channel channel, ChannelHandler session) {
        channel.eventLoop().execute(() -> {
            ChannelHandlerContext place = channel.pipeline().context(session);
            if (place == null || !channel.isActive()) {
                channel.close();
                return;
            }
            channel.pipeline().addBefore(place.name(), null, new WebSocketFarewell());
            channel.config().setAutoRead(true);
            channel.writeAndFlush(new CloseWebSocketFrame(NORMAL_CLOSURE, ""));
            var deadline = channel.eventLoop().schedule(() -> channel.close(), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(closed -> deadline.cancel(false));
        });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        if (frame instanceof CloseWebSocketFrame) {
            context.close();
        }
    }
}
