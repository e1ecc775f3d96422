package io.kybern.node.objects;

/** The API server could not be asked, or refused; the same question may be answered later. */
public final class ObjectUnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    private ObjectUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** A read failed for another reason than that the object is absent. */
    public static ObjectUnavailableException reading(String kind, String namespace, String name, Exception cause) {
        return new ObjectUnavailableException(
                "failed to fetch " + kind + " " + namespace + "/" + name + ": " + cause.getMessage(), cause);
    }

    /** A token was not given. */
    public static ObjectUnavailableException token(String namespace, String serviceAccount, Exception cause) {
        return new ObjectUnavailableException(
                "failed to fetch token: " + namespace + "/" + serviceAccount + ": " + cause.getMessage(), cause);
    }
}
