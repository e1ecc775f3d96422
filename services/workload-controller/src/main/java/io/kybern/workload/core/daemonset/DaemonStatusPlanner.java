package io.kybern.workload.core.daemonset;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatusBuilder;
import io.kybern.controller.model.PodStates;
import io.kybern.workload.core.daemonset.NodeFit.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Counts what a DaemonSet reports: nodes, not pods. */
final class DaemonStatusPlanner {

    private DaemonStatusPlanner() {}

    /**
     * The status.
     *
     * @param hash of the state that the set asks for
     * @param collisions how often the name of a state was taken
     */
    static DaemonSetStatus status(
            DaemonSet set, Collection<Node> nodes, Collection<Pod> pods, String hash, int collisions, Instant now) {
        int seconds = requireNonNullElse(set.getSpec().getMinReadySeconds(), 0);
        Map<String, List<Pod>> byNode = new HashMap<>();
        pods.forEach(
                pod -> DaemonPods.node(pod).ifPresent(node -> byNode.computeIfAbsent(node, name -> new ArrayList<>())
                        .add(pod)));
        NodeFit fit = new NodeFit(set);
        int desired = 0;
        int current = 0;
        int misscheduled = 0;
        int ready = 0;
        int available = 0;
        int updated = 0;
        for (Node node : nodes) {
            List<Pod> here = byNode.getOrDefault(node.getMetadata().getName(), List.of());
            if (fit.judge(node) != Verdict.RUN) {
                misscheduled += here.isEmpty() ? 0 : 1;
                continue;
            }
            desired++;
            current += here.isEmpty() ? 0 : 1;
            ready += here.stream().anyMatch(PodStates::isReady) ? 1 : 0;
            available += here.stream().anyMatch(pod -> PodStates.isAvailable(pod, seconds, now)) ? 1 : 0;
            updated += here.stream().anyMatch(pod -> DaemonPods.isOf(pod, hash)) ? 1 : 0;
        }
        return new DaemonSetStatusBuilder(requireNonNullElse(set.getStatus(), new DaemonSetStatus()))
                .withObservedGeneration(set.getMetadata().getGeneration())
                .withDesiredNumberScheduled(desired)
                .withCurrentNumberScheduled(current)
                .withNumberMisscheduled(misscheduled)
                .withNumberReady(ready)
                .withNumberAvailable(orNull(available))
                .withNumberUnavailable(orNull(desired - available))
                .withUpdatedNumberScheduled(orNull(updated))
                .withCollisionCount(orNull(collisions))
                .build();
    }

    private static @Nullable Integer orNull(int count) {
        return count == 0 ? null : count;
    }

    /** How long until the next ready pod becomes available. */
    static Optional<Duration> untilNextAvailable(DaemonSet set, Collection<Pod> pods, Instant now) {
        int seconds = requireNonNullElse(set.getSpec().getMinReadySeconds(), 0);
        return pods.stream()
                .flatMap(pod -> PodStates.untilAvailable(pod, seconds, now).stream())
                .min(Duration::compareTo);
    }
}
