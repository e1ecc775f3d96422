package io.kybern.node.server;

import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InterruptedIOException;

/** Writes to a connection from threads that may block. */
final class ChannelWrites {

    private ChannelWrites() {}

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
