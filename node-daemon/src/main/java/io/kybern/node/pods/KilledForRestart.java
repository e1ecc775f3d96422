package io.kybern.node.pods;

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
    boolean between(ObservedPod observed, Predicate<String> begins) {
        if (killed.isEmpty()) {
            return false;
        }
        killed.retainAll(observed.all().stream().map(ObservedContainer::id).toList());
        return observed.containers().entrySet().stream()
                .anyMatch(e -> endedByUs(e.getValue()) && begins.test(e.getKey()));
    }

    private boolean endedByUs(List<ObservedContainer> instances) {
        return !instances.isEmpty()
                && instances.getFirst().ended()
                && killed.contains(instances.getFirst().id());
    }
}
