package io.kybern.apiserver.webhooks;

import org.jspecify.annotations.Nullable;

/** A webhook was not reached, or did not answer as it should; the message is worded as Kubernetes does. */
public final class WebhookCallException extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int UNAVAILABLE = 503;
    private static final String CALL = "failed to call webhook: ";

    private final String why;
    private final int code;

    private WebhookCallException(String prefix, String why, int code, @Nullable Throwable cause) {
        super(prefix + why, cause);
        this.why = why;
        this.code = code;
    }

    /** What went wrong, without saying in what. */
    public String why() {
        return why;
    }

    /** The HTTP status that the call ended with, 503 if there was no answer. */
    public int code() {
        return code;
    }

    /** There was no answer. */
    static WebhookCallException failed(String url, String why, Throwable cause) {
        return new WebhookCallException(CALL, "Post \"%s\": %s".formatted(url, why), UNAVAILABLE, cause);
    }

    /** The answer was not what is asked for. */
    static WebhookCallException answered(int code, String message) {
        return new WebhookCallException(CALL, message, code, null);
    }

    /** The answer cannot be used. */
    public static WebhookCallException unusable(String message) {
        return new WebhookCallException("", message, UNAVAILABLE, null);
    }
}
