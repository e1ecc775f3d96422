package io.kybern.benchmarks.client;

import io.netty.buffer.ByteBuf;

/** Hears what becomes of a request; on the connection's thread, so it must not wait. */
public interface Reply {

    /** A piece of the body; it is released afterwards. */
    default void data(ByteBuf piece) {}

    /** The answer is whole. */
    void done(int status);

    /** There will be no answer, or no more of it; also when the connection is closed on purpose. */
    void failed(Throwable why);
}
