package io.kybern.examples.guestbook;

import java.io.IOException;

/** Redis answered, but not what was asked for. */
final class RedisException extends IOException {

    private RedisException(String message) {
        super(message);
    }

    /** The server refused a command. */
    static RedisException refused(String command, String error) {
        return new RedisException("%s was refused: %s".formatted(command, error));
    }

    /** The answer is not one that the protocol knows, or not the one that the command gives. */
    static RedisException unexpected(String command, String answer) {
        return new RedisException("%s was answered with %s".formatted(command, answer));
    }
}
