package io.kybern.apiserver.cel;

/** An expression that cannot be compiled, or that failed while it was evaluated; the message is what Kubernetes would say. */
public final class CelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** The text is not an expression of the environment. */
        COMPILATION,
        /** The expression failed on these values. */
        EVALUATION,
        /** The expression, or all that share its budget, took too much. */
        COST
    }

    private final Kind kind;

    private CelException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    static CelException compilation(String issues) {
        return new CelException(Kind.COMPILATION, "compilation failed: " + issues);
    }

    static CelException result(String expected) {
        return new CelException(Kind.COMPILATION, expected);
    }

    static CelException evaluation(String message) {
        return new CelException(Kind.EVALUATION, message);
    }

    static CelException cost() {
        return new CelException(Kind.COST, "operation cancelled: actual cost limit exceeded");
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** The message; there always is one. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
