package io.kybern.schema;

/** A patch that cannot be applied to a document, or is none. The message is worded as the Kubernetes API server's libraries do. */
public final class PatchException extends Exception {

    private static final long serialVersionUID = 1L;

    /** How the API server answers. */
    public enum Kind {
        /** 400: the patch is malformed; the message is shown. */
        MALFORMED,
        /** 422: the patch does not fit the document; the message is not shown. */
        NOT_APPLICABLE,
        /** 422: the outcome is not an object of the type; the message is the cause at the field {@code patch}. */
        INVALID_OUTCOME,
        /** 500 without a reason: Kubernetes passes the message on as it is. */
        UNCLASSIFIED
    }

    private final Kind kind;

    private PatchException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** How the API server answers. */
    public Kind kind() {
        return kind;
    }

    static PatchException malformed(String message) {
        return new PatchException(Kind.MALFORMED, message);
    }

    static PatchException notApplicable(String message) {
        return new PatchException(Kind.NOT_APPLICABLE, message);
    }

    static PatchException invalid(String message) {
        return new PatchException(Kind.INVALID_OUTCOME, message);
    }

    static PatchException unclassified(String message) {
        return new PatchException(Kind.UNCLASSIFIED, message);
    }
}
