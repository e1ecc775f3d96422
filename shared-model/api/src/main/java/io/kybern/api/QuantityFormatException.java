package io.kybern.api;

/** A text that is no quantity; the message is the one that Kubernetes gives. */
public final class QuantityFormatException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private QuantityFormatException(String message) {
        super(message);
    }

    static QuantityFormatException wrongFormat() {
        return new QuantityFormatException(
                "quantities must match the regular expression '" + Quantity.EXPRESSION + "'");
    }

    static QuantityFormatException wrongNumber() {
        return new QuantityFormatException("unable to parse numeric part of quantity");
    }

    static QuantityFormatException wrongSuffix() {
        return new QuantityFormatException("unable to parse quantity's suffix");
    }
}
