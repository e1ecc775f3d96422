package io.kybern.node.server;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A client's end of an exec or attach session, whatever protocol carries it. Reading and writing block their (virtual) thread, so
 * that a slow side slows the other and nothing piles up.
 */
interface RemoteStreams extends AutoCloseable {

    /** A piece of input: data, or the end of the channel if there is none. */
    record Input(StreamChannel channel, byte @Nullable [] data) {}

    /**
     * Waits for the client's next piece of input.
     *
     * @return null once the client is gone
     */
    @Nullable
    Input read() throws InterruptedException;

    /**
     * Writes output.
     *
     * @throws IOException if the client is gone
     */
    void write(StreamChannel channel, byte[] data, int offset, int length) throws IOException;

    /** Tells how the session ended: a {@code Status} as JSON; then no more can be written. */
    void finish(byte[] status) throws IOException;

    /** Ends the connection. */
    @Override
    void close();
}
