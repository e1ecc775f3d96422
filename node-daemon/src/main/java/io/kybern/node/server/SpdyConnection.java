package io.kybern.node.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * One SPDY/3.1 connection as Kubernetes' clients speak it: the client opens streams, each is accepted, data flows both ways. Those
 * clients do not use SPDY's flow control, and so it is not used here: the connection's own, TCP's, does the work.
 */
final class SpdyConnection extends SimpleChannelInboundHandler<SpdyFrame> {

    /** What becomes of the streams; called by the event loop, so nothing here may block. */
    interface Listener {

        /** The client opened a stream; the function answers its header of a name, empty if it has none. */
        void opened(int stream, UnaryOperator<String> header);

        /** Data came; {@code last} if the client will send no more on the stream. */
        void data(int stream, byte[] data, boolean last);

        /** The client gave the stream up. */
        void reset(int stream);

        /** The connection is gone. */
        void disconnected();
    }

    /** Data frames carry at most this much, so that streams take turns. */
    private static final int MAX_FRAME_BYTES = 64 * 1024;

    private final Channel channel;
    private final Listener listener;

    SpdyConnection(Channel channel, Listener listener) {
        this.channel = channel;
        this.listener = listener;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, SpdyFrame frame) {
        switch (frame) {
            case SpdySynStreamFrame syn -> {
                context.writeAndFlush(accepted(syn.streamId()));
                listener.opened(syn.streamId(), name -> {
                    CharSequence value = syn.headers().get(name);
                    return value == null ? "" : value.toString();
                });
                if (syn.isLast()) {
                    listener.data(syn.streamId(), new byte[0], true);
                }
            }
            case SpdyDataFrame data -> {
                byte[] bytes = new byte[data.content().readableBytes()];
                data.content().readBytes(bytes);
                listener.data(data.streamId(), bytes, data.isLast());
            }
            case SpdyRstStreamFrame reset -> listener.reset(reset.streamId());
            case SpdyPingFrame ping -> {
                // pings with an odd number are the client's; the others would be answers to ours
                if (ping.id() % 2 != 0) {
                    context.writeAndFlush(new DefaultSpdyPingFrame(ping.id()));
                }
            }
            case SpdyGoAwayFrame goodbye -> context.close();
            default -> {
                // settings, headers and windows change nothing here
            }
        }
    }

    /**
     * The answer that opens a stream. It carries a header that nobody reads, because Netty writes no header block at all for none,
     * and Go's clients take that for the end of the connection.
     */
    private static DefaultSpdySynReplyFrame accepted(int stream) {
        DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(stream);
        reply.headers().set("accepted", "true");
        return reply;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        listener.disconnected();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    /** Sends data on a stream; blocks until the socket took it. */
    void send(int stream, byte[] data, int offset, int length) throws IOException {
        for (int sent = 0; sent < length; sent += MAX_FRAME_BYTES) {
            int size = Math.min(MAX_FRAME_BYTES, length - sent);
            ChannelWrites.write(
                    channel, new DefaultSpdyDataFrame(stream, Unpooled.copiedBuffer(data, offset + sent, size)));
        }
    }

    /** Says that nothing more will be sent on a stream. */
    void end(int stream) throws IOException {
        DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(stream);
        last.setLast(true);
        ChannelWrites.write(channel, last);
    }

    void close() {
        channel.close();
    }
}
