package io.kybern.node.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.util.List;

/** Carries a SPDY connection in the binary messages of a WebSocket (KEP-4006): bytes in, bytes out, whatever their borders. */
final class SpdyTunnel extends MessageToMessageCodec<WebSocketFrame, ByteBuf> {

    /** What a WebSocket client asks for that tunnels port forwarding. */
    static final String PORT_FORWARD = "SPDY/3.1+" + PortForwardSession.PROTOCOL;

    SpdyTunnel() {
        super(WebSocketFrame.class, ByteBuf.class);
    }

    /** The codec of the frames that the tunnel carries. */
    static ChannelHandler frames() {
        return new SpdyFrameCodec(SpdyVersion.SPDY_3_1);
    }

    @Override
    protected void encode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
        out.add(new BinaryWebSocketFrame(bytes.retain()));
    }

    @Override
    protected void decode(ChannelHandlerContext context, WebSocketFrame frame, List<Object> out) {
        switch (frame) {
            case BinaryWebSocketFrame binary -> out.add(binary.content().retain());
            case PingWebSocketFrame ping ->
                context.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
            case CloseWebSocketFrame close -> context.close();
            default -> {
                // nothing else belongs into a tunnel
            }
        }
    }
}
