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

    private boolean said;

    private WebSocketFarewell() {}

    /**
     * Sends the close message; what the client sends until it answers is dropped.
     *
     * @param session the handler that took the client's messages so far
     */
    static void begin(Channel channel, ChannelHandler session) {
        begin(channel, session, 0);
    }

    /**
     * Leaves the close message to the client for that long and then sends it; what else the client sends until the connection ends is
     * dropped.
     *
     * @param session the handler that took the client's messages so far
     * @param clientsTurnMillis for clients that end the session themselves when they have its result: some of them take a close message
     *     that crosses theirs for a broken connection, and then report that instead of the result
     */
    static void begin(Channel channel, ChannelHandler session, long clientsTurnMillis) {
        channel.eventLoop().execute(() -> {
            ChannelHandlerContext place = channel.pipeline().context(session);
            if (place == null || !channel.isActive()) {
                channel.close();
                return;
            }
            WebSocketFarewell farewell = new WebSocketFarewell();
            channel.pipeline().addBefore(place.name(), null, farewell);
            channel.config().setAutoRead(true);
            if (clientsTurnMillis == 0) {
                farewell.say(channel);
            } else {
                later(channel, () -> farewell.say(channel), clientsTurnMillis);
            }
        });
    }

    private static void later(Channel channel, Runnable action, long millis) {
        var timer = channel.eventLoop().schedule(action, millis, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> timer.cancel(false));
    }

    private void say(Channel channel) {
        said = true;
        channel.writeAndFlush(new CloseWebSocketFrame(NORMAL_CLOSURE, ""));
        later(channel, channel::close, PATIENCE_MILLIS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
        if (frame instanceof CloseWebSocketFrame close) {
            if (said) {
                context.close();
            } else {
                said = true;
                context.writeAndFlush(close.retainedDuplicate()).addListener(done -> context.close());
            }
        }
    }
}
