package io.kybern.api.cron;

/** A text is no schedule; the message says why in the words of Kubernetes. */
public final class CronSyntaxException extends Exception {

    private CronSyntaxException(String message) {
        super(message);
    }

    static CronSyntaxException of(String message) {
        return new CronSyntaxException(message);
    }
}
