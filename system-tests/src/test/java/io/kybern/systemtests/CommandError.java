package io.kybern.systemtests;

/**
 * A command or a request that was refused. A test that takes it for granted fails by it; who waits for a condition asks again, for
 * what answers then may not have begun yet, or may be busy.
 */
final class CommandError extends AssertionError {

    private static final long serialVersionUID = 1;

    private CommandError(String message) {
        super(message);
    }

    static CommandError of(String message, Object... details) {
        return new CommandError(message.formatted(details));
    }
}
