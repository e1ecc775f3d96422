package io.kybern.apiserver.filters;

import io.kybern.api.status.ApiException;
import java.time.Duration;

/** A request body is not taken in. */
final class BodyRefusedException extends RuntimeException {

    /** What whoever comes in excess is told. */
    static final String TOO_MANY = "too many requests, please try again later";

    private static final long serialVersionUID = 1L;

    private final transient ApiException answer;
    private final boolean unread;

    private BodyRefusedException(ApiException answer, boolean unread) {
        super(answer.getMessage(), null, false, false);
        this.answer = answer;
        this.unread = unread;
    }

    /** It is longer than the server reads. */
    static BodyRefusedException tooLarge(long limit) {
        return new BodyRefusedException(ApiException.tooLarge("limit is " + limit), false);
    }

    /** The server holds as much of other bodies as it can. */
    static BodyRefusedException tooMany() {
        return new BodyRefusedException(ApiException.tooManyRequests(TOO_MANY, 1), false);
    }

    /** Its sender takes longer than the server waits. */
    static BodyRefusedException late(Duration patience) {
        return new BodyRefusedException(
                ApiException.timeout("the request's body did not arrive within " + patience.toMillis() + " ms", 0),
                true);
    }

    /** The connection, or the stream on it, ended before the body did. */
    static BodyRefusedException brokenOff() {
        return new BodyRefusedException(ApiException.badRequest("the request's body broke off"), true);
    }

    /** The same, when a part of the body is still under way. */
    BodyRefusedException unread() {
        return new BodyRefusedException(answer, true);
    }

    /** What its sender is told. */
    ApiException answer() {
        return answer;
    }

    /** Whether the rest may still be under way, so that the connection cannot be used further. */
    boolean isUnread() {
        return unread;
    }
}
