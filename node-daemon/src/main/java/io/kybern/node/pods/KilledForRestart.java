package io.kybern.node.pods;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Containers that this process has ended so that they begin anew. Ending and beginning are one step: what others see of such a
 * container goes from running to running, with one restart more, and never shows an end that is none of the pod's own. Used by
 * one thread.
 */
final class KilledForRestart {

    /** What takes longer than this, for example to fetch an image, is no single step any more: others have to know that nothing runs. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final Set<String> killed = new HashSet<>();

    /** A container is about to be ended. */
    void add(ObservedContainer container) {
        killed.add(container.id());
    }

    /**
     * Whether a container is between its end and its next beginning.
     *
     * @param begins tells by name whether a container is being started, or is about to be; one that could not be started is not
     */
    boolean between(ObservedPod observed, Instant now, Predicate<String> begins) {
        if (killed.isEmpty()) {
            return false;
        }
        killed.retainAll(observed.all().stream().map(ObservedContainer::id).toList());
        return observed.containers().entrySet().stream()
                .anyMatch(e -> endedByUs(e.getValue(), now) && begins.test(e.getKey()));
    }

    private boolean endedByUs(List<ObservedContainer> instances, Instant now) {
        return !instances.isEmpty()
                && instances.getFirst().ended()
                && now.isBefore(instances.getFirst().endedAt().plus(LONGEST))
                && killed.contains(instances.getFirst().id());
    }
}
