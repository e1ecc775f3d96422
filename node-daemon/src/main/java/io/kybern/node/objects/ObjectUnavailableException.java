package io.kybern.node.objects;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kybern.controller.client.ApiFailure;
import org.jspecify.annotations.Nullable;

/** The API server could not be asked, or refused; the same question may be answered later. */
public final class ObjectUnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    private static final int UNPROCESSABLE = 422;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    private ObjectUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Whether nobody answered, or nobody who could look: the object may well be as it was. */
    public boolean unanswered() {
        if (!(getCause() instanceof KubernetesClientException cause)) {
            return false;
        }
        ApiFailure failure = ApiFailure.of("reading", cause);
        return failure.isUnreachable() || failure.code() == TOO_MANY_REQUESTS || failure.code() >= SERVER_ERROR;
    }

    /** Whether what was written is what the API server refuses: it would say the same again. */
    public boolean refused() {
        return getCause() instanceof KubernetesClientException cause && cause.getCode() == UNPROCESSABLE;
    }

    /** A read failed for another reason than that the object is absent. */
    public static ObjectUnavailableException reading(String kind, String namespace, String name, Exception cause) {
        return new ObjectUnavailableException(
                "failed to fetch " + kind + " " + namespace + "/" + name + ": " + cause.getMessage(), cause);
    }

    /** What this node itself is about to make is not there yet. */
    public static ObjectUnavailableException notYet(String kind, String namespace, String name) {
        return new ObjectUnavailableException(kind + " " + namespace + "/" + name + " is not there yet", null);
    }

    /** A token was not given. */
    public static ObjectUnavailableException token(String namespace, String serviceAccount, Exception cause) {
        return new ObjectUnavailableException(
                "failed to fetch token: " + namespace + "/" + serviceAccount + ": " + cause.getMessage(), cause);
    }
}
