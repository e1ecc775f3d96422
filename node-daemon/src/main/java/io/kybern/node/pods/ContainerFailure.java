package io.kybern.node.pods;

import java.io.Serial;

/** A container could not be started; carries what its status shows while it waits. */
final class ContainerFailure extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    private final String reason;

    private ContainerFailure(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** The reason as {@code state.waiting.reason} shows it. */
    String reason() {
        return reason;
    }

    static ContainerFailure of(String reason, String message) {
        return new ContainerFailure(reason, message);
    }
}
