package io.kybern.dns.wire;

/** The bytes are no DNS message that can be understood. */
public final class MalformedMessageException extends Exception {

    MalformedMessageException(String message) {
        super(message);
    }
}
