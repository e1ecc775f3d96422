package io.kybern.apiserver.filters;

/** A request body is longer than the server reads. */
final class BodyTooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private BodyTooLargeException(long limit) {
        super("limit is " + limit, null, false, false);
    }

    static BodyTooLargeException of(long limit) {
        return new BodyTooLargeException(limit);
    }
}
