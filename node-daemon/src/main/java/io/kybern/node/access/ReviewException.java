package io.kybern.node.access;

import org.jspecify.annotations.Nullable;

/** The API server did not answer a question about a client, or could not. */
public final class ReviewException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Why there is no answer. */
    enum Why {
        /** The API server was asked, and did not answer. */
        UNANSWERED,
        /** It says that it could not check the token: for most API servers all tokens that are nobody's are among these. */
        UNCHECKED,
        /** It was not asked: too many questions are under way. */
        TOO_MANY
    }

    private final Why why;

    private ReviewException(Why why, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.why = why;
    }

    /** No answer. */
    static ReviewException unanswered(String question, Throwable cause) {
        return new ReviewException(Why.UNANSWERED, "no answer to a " + question + ": " + cause.getMessage(), cause);
    }

    /** An answer that says that the token could not be checked. */
    static ReviewException unchecked(String error) {
        return new ReviewException(Why.UNCHECKED, "the token could not be checked: " + error, null);
    }

    /** No question: there are enough. */
    static ReviewException tooMany() {
        return new ReviewException(Why.TOO_MANY, "too many questions to the API server are under way", null);
    }

    Why why() {
        return why;
    }
}
