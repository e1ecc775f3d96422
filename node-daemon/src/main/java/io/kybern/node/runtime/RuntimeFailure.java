package io.kybern.node.runtime;

/** The engine did not do what was asked. */
public final class RuntimeFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why, as far as a caller acts differently. */
    public enum Kind {
        /** No such container, image or command. */
        NOT_FOUND,
        /** The thing is in a state that forbids it, or the name is taken. */
        CONFLICT,
        /** The engine refused the request or failed at it. */
        REFUSED,
        /** The engine did not answer in time, or at all. */
        UNREACHABLE
    }

    private final Kind kind;

    private RuntimeFailure(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What class of failure this is. */
    public Kind kind() {
        return kind;
    }

    /** The engine answered with an error. */
    public static RuntimeFailure answered(Kind kind, String engineMessage, Throwable cause) {
        return new RuntimeFailure(kind, engineMessage, cause);
    }

    /** The engine did not answer. */
    public static RuntimeFailure unreachable(String what, Throwable cause) {
        return new RuntimeFailure(
                Kind.UNREACHABLE, what + ": the container engine does not answer: " + cause.getMessage(), cause);
    }
}
