package io.kybern.node.command;

import java.util.List;

/** Runs programs of this machine. Safe to call from any thread. */
public interface CommandRunner {

    /**
     * Runs a program to its end and answers what it wrote to its standard output.
     *
     * @param command the program and its arguments; no shell reads them
     * @param input what the program reads on its standard input; may be empty
     * @throws CommandFailure if it cannot be started, does not end in time, or ends with another code than 0
     */
    String run(List<String> command, String input);

    /** Runs a program that reads nothing; see {@link #run(List, String)}. */
    default String run(String... command) {
        return run(List.of(command), "");
    }
}
