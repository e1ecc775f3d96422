package io.kybern.node.probes;

/**
 * What one probing showed.
 *
 * @param result whether it succeeded
 * @param message what was seen, in the words of the event
 */
public record ProbeOutcome(Result result, String message) {

    /** How a probing can end. */
    public enum Result {
        /** The container answered as it should. */
        SUCCESS,
        /** It answered, but not in a way that tells how it is; counts like success. */
        WARNING,
        /** It did not. */
        FAILURE,
        /** The probing itself could not be done; counts neither way. */
        UNKNOWN
    }

    /** It answered as it should. */
    public static ProbeOutcome success(String message) {
        return new ProbeOutcome(Result.SUCCESS, message);
    }

    /** It answered, but not in a way that tells how it is. */
    public static ProbeOutcome warning(String message) {
        return new ProbeOutcome(Result.WARNING, message);
    }

    /** Whether the container counts as well. */
    public boolean good() {
        return result == Result.SUCCESS || result == Result.WARNING;
    }

    /** It did not. */
    public static ProbeOutcome failure(String message) {
        return new ProbeOutcome(Result.FAILURE, message);
    }

    /** Nobody can say. */
    public static ProbeOutcome unknown(String message) {
        return new ProbeOutcome(Result.UNKNOWN, message);
    }
}
