package io.kybern.node.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.util.OptionalInt;

/** A stream joined to a process in a container. */
public interface RemoteProcess extends AutoCloseable {

    /** The process's standard input; closing it is the process's end of file. Absorbs writes when input was not asked for. */
    OutputStream stdin();

    /**
     * Asks the engine to end the output of an attached process that keeps its input open for others; {@link #pump} then returns and
     * the process goes on. Of any other process nothing is asked.
     */
    void leave();

    /** Hands the process's output to the sink, in order, until the process closes it. Call once. */
    void pump(OutputSink sink) throws IOException;

    /** Tells the terminal's size; without a terminal nothing happens. */
    void resize(int columns, int rows);

    /** The command's exit code once {@link #pump} has returned; empty for an attached process, whose container's status has it. */
    OptionalInt exitCode();

    /** Leaves the process alone and closes the stream. */
    @Override
    void close();
}
