package io.kybern.node.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Base64;

/** Writes to a connection from threads that may block. */
final class ChannelWrites {

    private ChannelWrites() {}

    /**
     * Writes data of a numbered channel to a WebSocket and waits until the socket took it.
     *
     * @param base64 whether the client wants text: the number as a digit, and the data in base64
     * @throws IOException if the connection is gone
     */
    static void write(Channel channel, boolean base64, int number, byte[] data, int offset, int length)
            throws IOException {
        if (base64) {
            byte[] copy = Arrays.copyOfRange(data, offset, offset + length);
            write(
                    channel,
                    new TextWebSocketFrame(
                            (char) ('0' + number) + Base64.getEncoder().encodeToString(copy)));
        } else {
            ByteBuf buffer = Unpooled.buffer(length + 1);
            buffer.writeByte(number).writeBytes(data, offset, length);
            write(channel, new BinaryWebSocketFrame(buffer));
        }
    }

    /**
     * Writes a message and waits until the socket took it.
     *
     * @throws IOException if the connection is gone
     */
    static void write(Channel channel, Object message) throws IOException {
        try {
            var written = channel.writeAndFlush(message).await();
            if (!written.isSuccess()) {
                throw new IOException("the client is gone", written.cause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while writing to the client");
        }
    }
}
