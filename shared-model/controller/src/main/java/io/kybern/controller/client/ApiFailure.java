package io.kybern.controller.client;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The API server refused a request, or could not be reached. The message is the server's own.
 *
 * <p>See "API conventions: response status kind" of Kubernetes for the codes and reasons.
 */
public final class ApiFailure extends RuntimeException {

    private static final int UNREACHABLE = 0;

    private final int code;
    private final String reason;
    private final @Nullable Duration retryAfter;

    private ApiFailure(int code, String reason, String message, @Nullable Duration retryAfter) {
        super(message);
        this.code = code;
        this.reason = reason;
        this.retryAfter = retryAfter;
    }

    /**
     * The server answered with a failure.
     *
     * @param code the HTTP status
     * @param reason the machine-readable reason, empty if there is none
     * @param retryAfter when the server asks to come again, null if it does not say
     */
    public static ApiFailure answered(int code, String reason, String message, @Nullable Duration retryAfter) {
        return new ApiFailure(code, reason, message, retryAfter);
    }

    /** No answer: the server is away, or the connection broke. Whether the request took effect is not known. */
    public static ApiFailure unreachable(String request, Throwable cause) {
        ApiFailure failure = new ApiFailure(UNREACHABLE, "", request + ": no answer: " + cause.getMessage(), null);
        failure.initCause(cause);
        return failure;
    }

    /** What the client of the official models says, which has a negative code if there was no answer. */
    public static ApiFailure of(String request, KubernetesClientException failure) {
        if (failure.getCode() <= 0) {
            return unreachable(request, failure);
        }
        String reason = failure.getStatus() == null || failure.getStatus().getReason() == null
                ? ""
                : failure.getStatus().getReason();
        return answered(failure.getCode(), reason, String.valueOf(failure.getMessage()), null);
    }

    /** The service does not lead any more, so the write was not sent. */
    public static ApiFailure notLeading(String request) {
        return new ApiFailure(UNREACHABLE, "NotLeading", request + ": not sent, another replica may lead now", null);
    }

    /** The HTTP status, 0 if there was no answer. */
    public int code() {
        return code;
    }

    /** The reason of the Status, for example {@code AlreadyExists}; may be empty. */
    public String reason() {
        return reason;
    }

    /** How long the server asks to wait, null if it does not. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /** The object, or the collection, does not exist. */
    public boolean isNotFound() {
        return code == 404;
    }

    /** The object has changed meanwhile, or another one has the name, or a precondition failed. */
    public boolean isConflict() {
        return code == 409;
    }

    /** Another object has the name. */
    public boolean isAlreadyExists() {
        return code == 409 && reason.equals("AlreadyExists");
    }

    /** The object violates the rules of its type. */
    public boolean isInvalid() {
        return code == 422;
    }

    /** The caller may not do that, or a quota or an admission rule is against it. */
    public boolean isForbidden() {
        return code == 403;
    }

    /** There was no answer. */
    public boolean isUnreachable() {
        return code == UNREACHABLE;
    }

    /** The namespace is being deleted, so nothing can be created in it. */
    public boolean isNamespaceTerminating() {
        String message = getMessage();
        return isForbidden() && message != null && message.contains("because it is being terminated");
    }
}
