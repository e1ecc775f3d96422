package io.kybern.workload.core.daemonset;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What brings the pods of a DaemonSet nearer to what it asks for.
 *
 * @param nodes that get a pod
 * @param surplus pods that go
 * @param ended of them, those that have ended by themselves
 * @param delay when a failed pod may be replaced, null if none waits
 */
record DaemonPlan(
        List<String> nodes,
        List<Pod> surplus,
        List<Pod> ended,
        @Nullable Duration delay) {

    DaemonPlan {
        nodes = List.copyOf(nodes);
        surplus = List.copyOf(surplus);
        ended = List.copyOf(ended);
    }

    boolean isEmpty() {
        return nodes.isEmpty() && surplus.isEmpty();
    }
}
