package io.kybern.apiserver.request;

/** A text that is not YAML, or more than anybody should send; the message says what is wrong with it, and where. */
final class YamlException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private YamlException(String message) {
        super(message, null, false, false);
    }

    static YamlException of(String problem) {
        return new YamlException(problem);
    }

    /** The message; there always is one. */
    String text() {
        return String.valueOf(getMessage());
    }
}
