package io.kybern.node.shutdown;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * In which order pods are ended, and how long each group of them may take: those of the least priority first. A pod belongs to
 * the group with the highest priority that is not above its own, the least important ones to the first group. Pure.
 *
 * @param periods by the least priority of a group
 */
record ShutdownPlan(NavigableMap<Integer, Duration> periods) {

    /** From here on the cluster cannot do without a pod. */
    private static final int CRITICAL = 2_000_000_000;

    /** Pods that are ended together. */
    record Group(Duration period, List<Pod> pods) {
        Group {
            pods = List.copyOf(pods);
        }
    }

    /** What the settings say; without groups when they grant no time at all. */
    static ShutdownPlan of(ShutdownProperties settings) {
        Map<Integer, Duration> own = settings.shutdownGracePeriodByPodPriority();
        if (own != null && !own.isEmpty()) {
            return new ShutdownPlan(new TreeMap<>(own));
        }
        Duration all = settings.shutdownGracePeriod();
        Duration critical = settings.shutdownGracePeriodCriticalPods();
        if (critical.compareTo(all) > 0) {
            throw new IllegalArgumentException("shutdown-grace-period-critical-pods " + critical
                    + " is more than shutdown-grace-period " + all + ", of which it is a part");
        }
        if (all.isZero()) {
            return new ShutdownPlan(new TreeMap<>());
        }
        return new ShutdownPlan(new TreeMap<>(Map.of(0, all.minus(critical), CRITICAL, critical)));
    }

    boolean nothing() {
        return periods.isEmpty();
    }

    /** The pods in groups, in the order in which they are to end; groups without pods are left out. */
    List<Group> groups(Collection<Pod> pods) {
        NavigableMap<Integer, List<Pod>> byLeast = new TreeMap<>();
        for (Pod pod : pods) {
            Integer own = pod.getSpec().getPriority();
            Integer least = periods.floorKey(own == null ? 0 : own);
            byLeast.computeIfAbsent(least == null ? periods.firstKey() : least, none -> new ArrayList<>())
                    .add(pod);
        }
        List<Group> groups = new ArrayList<>();
        byLeast.forEach((least, members) -> groups.add(new Group(periods.getOrDefault(least, Duration.ZERO), members)));
        return groups;
    }
}
