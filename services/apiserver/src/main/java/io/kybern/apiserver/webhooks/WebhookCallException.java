package io.kybern.apiserver.webhooks;

import org.jspecify.annotations.Nullable;

/** A webhook was not reached, or did not answer as it should; the message is worded as Kubernetes does. */
public final class WebhookCallException extends Exception {

    private static final long serialVersionUID = 1L;
    private static final int UNAVAILABLE = 503;

    private final int code;

    private WebhookCallException(String message, int code, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The HTTP status that the call ended with, 503 if there was no answer. */
    public int code() {
        return code;
    }

    /** There was no answer. */
    static WebhookCallException failed(String url, String why, Throwable cause) {
        return new WebhookCallException(
                "failed to call webhook: Post \"%s\": %s".formatted(url, why), UNAVAILABLE, cause);
    }

    /** The answer was not what is asked for. */
    static WebhookCallException answered(int code, String message) {
        return new WebhookCallException("failed to call webhook: " + message, code, null);
    }

    /** The answer cannot be used. */
    public static WebhookCallException unusable(String message) {
        return new WebhookCallException(message, UNAVAILABLE, null);
    }
}
