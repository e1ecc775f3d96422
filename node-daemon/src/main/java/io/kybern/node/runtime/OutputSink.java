package io.kybern.node.runtime;

import java.io.IOException;

/** Takes a process's output, piece by piece and in order. The array is only valid during the call. */
@FunctionalInterface
public interface OutputSink {

    /** Which of the two outputs a piece comes from; a terminal has only the first. */
    enum Channel {
        STDOUT,
        STDERR
    }

    /** Takes {@code length} bytes from {@code offset}; throwing ends the stream. */
    void write(Channel channel, byte[] data, int offset, int length) throws IOException;
}
