package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerRestartRule;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Counts how often all containers of a pod began anew because one of them ended in a way for which a rule asks for that. Each
 * container has the round in which it was made among its labels; what is of an earlier round counts as never started, so the
 * pod starts as it did first, in its sandbox and with its volumes. See <a
 * href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5532-restart-all-containers-on-container-exits">KEP-5532</a>.
 * Pure.
 */
final class RestartRounds {

    private RestartRounds() {}

    /** Whether the pod has a rule that restarts all of its containers. */
    static boolean possible(Pod pod) {
        return Specs.allContainers(pod).stream()
                .map(Container::getRestartPolicyRules)
                .map(rules -> Objects.requireNonNullElse(rules, List.<ContainerRestartRule>of()))
                .flatMap(Collection::stream)
                .anyMatch(RestartRules::aboutAll);
    }

    /** The round that containers are of which are started now. */
    static int now(Pod pod, ObservedPod observed) {
        if (!possible(pod)) {
            return 0;
        }
        int newest = newest(observed);
        return askedFor(pod, observed, newest) ? newest + 1 : newest;
    }

    /** Whether all containers are to begin anew, and none has begun yet. */
    static boolean pending(Pod pod, ObservedPod observed) {
        return possible(pod) && askedFor(pod, observed, newest(observed));
    }

    private static boolean askedFor(Pod pod, ObservedPod observed, int round) {
        return Specs.allContainers(pod).stream().anyMatch(container -> observed.latest(container.getName())
                .filter(c -> c.ended() && c.round() == round)
                .filter(c -> RestartRules.restartsAll(container, c.exitCode()))
                .isPresent());
    }

    private static int newest(ObservedPod observed) {
        return observed.containers().values().stream()
                .flatMap(List::stream)
                .filter(c -> c.kind() != ContainerKind.EPHEMERAL)
                .mapToInt(ObservedContainer::round)
                .max()
                .orElse(0);
    }
}
