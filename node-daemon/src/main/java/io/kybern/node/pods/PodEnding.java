package io.kybern.node.pods;

/**
 * How and why the node ends a pod for reasons of its own.
 *
 * @param reason what the pod's status says in a word
 * @param message what it says in a sentence
 * @param disrupted whether the pod's conditions tell that it was not its own fault
 * @param graceSeconds how long its containers may take, if they do not want less themselves
 * @param told whether an event says so
 */
public record PodEnding(String reason, String message, boolean disrupted, long graceSeconds, boolean told) {

    /** The reason of pods that go for what they, or all of them, take of the node. */
    static final String EVICTED = "Evicted";

    /** The node runs short of something. */
    public static PodEnding evicted(String message, long graceSeconds) {
        return new PodEnding(EVICTED, message, true, graceSeconds, true);
    }

    /** The machine is about to be turned off. */
    public static PodEnding shutDown(long graceSeconds) {
        return new PodEnding(
                "Terminated", "Pod was terminated in response to imminent node shutdown.", true, graceSeconds, false);
    }

    PodRecord.FailureVerdict verdict() {
        return new PodRecord.FailureVerdict(reason, message, disrupted);
    }
}
