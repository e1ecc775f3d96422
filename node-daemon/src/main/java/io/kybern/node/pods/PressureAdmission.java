package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Refuses pods while the node runs short: all of them, or where it is only memory those that ask for nothing. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-conditions">node conditions</a>.
 */
final class PressureAdmission {

    private static final int CRITICAL = 2_000_000_000;
    private static final String MEMORY = "MemoryPressure";

    private PressureAdmission() {}

    /** @param conditions those that hold, for example {@code DiskPressure} */
    static Optional<PodRecord.FailureVerdict> judge(Pod pod, Set<String> conditions) {
        Integer priority = pod.getSpec().getPriority();
        if (conditions.isEmpty() || (priority != null && priority >= CRITICAL)) {
            return Optional.empty();
        }
        if (conditions.equals(Set.of(MEMORY)) && (QosClass.of(pod) != QosClass.BEST_EFFORT || toleratesMemory(pod))) {
            return Optional.empty();
        }
        return Optional.of(new PodRecord.FailureVerdict(
                "Evicted", "The node had condition: [" + String.join(" ", new TreeSet<>(conditions)) + "]. "));
    }

    private static boolean toleratesMemory(Pod pod) {
        return Objects.requireNonNullElse(pod.getSpec().getTolerations(), List.<Toleration>of()).stream()
                .anyMatch(t -> "Exists".equals(t.getOperator())
                        && (t.getKey() == null || t.getKey().equals("node.kubernetes.io/memory-pressure"))
                        && (t.getEffect() == null || t.getEffect().equals("NoSchedule")));
    }
}
