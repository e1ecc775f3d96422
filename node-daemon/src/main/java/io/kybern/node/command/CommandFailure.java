package io.kybern.node.command;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A program of this machine did not do what was asked. */
public final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int NO_EXIT_CODE = -1;

    private final int exitCode;

    private CommandFailure(String message, int exitCode, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The program ended with that code; what it wrote to its error output says why. */
    static CommandFailure ended(List<String> command, int exitCode, String error) {
        return new CommandFailure(
                "`%s` ended with %d: %s".formatted(String.join(" ", command), exitCode, error.strip()), exitCode, null);
    }

    /** The program was ended because it took too long. */
    static CommandFailure tooLong(List<String> command, Duration limit, String error) {
        return new CommandFailure(
                "`%s` did not end within %d ms: %s"
                        .formatted(String.join(" ", command), limit.toMillis(), error.strip()),
                NO_EXIT_CODE,
                null);
    }

    /** The program was not started, or the wait for it was interrupted. */
    static CommandFailure notRun(List<String> command, Throwable cause) {
        return new CommandFailure(
                "`%s` was not run: %s".formatted(String.join(" ", command), cause.getMessage()), NO_EXIT_CODE, cause);
    }

    /** The program's exit code; negative if there is none. */
    public int exitCode() {
        return exitCode;
    }
}
