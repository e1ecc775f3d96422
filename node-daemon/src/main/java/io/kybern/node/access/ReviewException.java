package io.kybern.node.access;

/** The API server did not answer a question about a client, or could not. */
public final class ReviewException extends Exception {

    private static final long serialVersionUID = 1L;

    private ReviewException(String message, Throwable cause) {
        super(message, cause);
    }

    /** No answer. */
    static ReviewException unanswered(String question, Throwable cause) {
        return new ReviewException("no answer to a " + question + ": " + cause.getMessage(), cause);
    }

    /** An answer that says that the token could not be checked. */
    static ReviewException unchecked(String error) {
        return new ReviewException("the token could not be checked: " + error, new IllegalStateException(error));
    }
}
