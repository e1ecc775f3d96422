package io.kybern.api.selector;

/** A selector that cannot be read; the message is the one that Kubernetes gives. */
public final class SelectorSyntaxException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private SelectorSyntaxException(String message) {
        super(message);
    }

    static SelectorSyntaxException of(String message) {
        return new SelectorSyntaxException(message);
    }

    static SelectorSyntaxException unexpected(String found, String expected) {
        return new SelectorSyntaxException("found '" + found + "', expected: " + expected);
    }
}
