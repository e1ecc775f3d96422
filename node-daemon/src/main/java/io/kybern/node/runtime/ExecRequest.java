package io.kybern.node.runtime;

import java.util.List;

/** A command to run in a container: its arguments, and which streams are wanted. */
public record ExecRequest(List<String> command, boolean stdin, boolean stdout, boolean stderr, boolean tty) {

    /** Copies the arguments. */
    public ExecRequest {
        command = List.copyOf(command);
    }

    /** A command whose output is collected and that reads nothing. */
    public static ExecRequest of(List<String> command) {
        return new ExecRequest(command, false, true, true, false);
    }
}
