package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.LabelMatcher;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import io.kybern.scheduler.core.model.SpreadConstraint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How well each node keeps the pods apart.
 *
 * <p>Algorithm: per constraint the number of counted pods in the node's place, times ln(places + 2) so that few places
 * are not drowned by many, plus maxSkew - 1; summed; the lowest sum becomes 100. A pod without constraints is treated as
 * if it had two soft ones, over zones (maxSkew 5) and over nodes (maxSkew 3), that count the replicas of its own
 * ReplicaSet, ReplicationController or StatefulSet, or else what the Services count that select it; these are the
 * built-in defaults of "Pod Topology Spread Constraints". Example: two nodes with 1 and 0 replicas have sums
 * 1.39 + 2 = 3 and 2, so scores 66 and 100.
 */
final class SpreadScore {

    private static final String HOSTNAME = "kubernetes.io/hostname";
    private static final String ZONE = "topology.kubernetes.io/zone";

    private final List<Soft> constraints;
    private final boolean needsAllKeys;
    private final String namespace;

    private SpreadScore(List<Soft> constraints, boolean needsAllKeys, String namespace) {
        this.constraints = constraints;
        this.needsAllKeys = needsAllKeys;
        this.namespace = namespace;
    }

    /** Empty if the pod is not to be spread. */
    static Optional<SpreadScore> of(PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        boolean own = !pod.spread().isEmpty();
        List<Soft> constraints = own ? ofPod(pod) : defaults(pod, snapshot);
        if (constraints.isEmpty()) {
            return Optional.empty();
        }
        SpreadScore score = new SpreadScore(constraints, own, pod.namespace());
        score.prepare(pod, feasible, snapshot);
        return Optional.of(score);
    }

    private static List<Soft> ofPod(PodInfo pod) {
        return pod.spread().stream()
                .filter(c -> !c.hard())
                .map(c -> new Soft(c, p -> c.selector().matches(p.labels())))
                .toList();
    }

    private static List<Soft> defaults(PodInfo pod, Snapshot snapshot) {
        Predicate<PodInfo> counted;
        String owner = pod.replicasOf();
        if (owner != null) {
            counted = other -> owner.equals(other.replicasOf());
        } else {
            List<LabelMatcher> services = snapshot.servicesOf(pod);
            if (services.isEmpty()) {
                return List.of();
            }
            counted = other -> services.stream().allMatch(s -> s.matches(other.labels()));
        }
        return List.of(new Soft(soft(HOSTNAME, 3), counted), new Soft(soft(ZONE, 5), counted));
    }

    private static SpreadConstraint soft(String key, int maxSkew) {
        return new SpreadConstraint(maxSkew, key, false, LabelMatcher.nothing(), 1, true, false);
    }

    private void prepare(PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        int scored = 0;
        for (NodeInfo node : feasible) {
            if (isIgnored(node)) {
                continue;
            }
            scored++;
            for (Soft soft : constraints) {
                String place = node.labels().get(soft.key());
                if (place != null && !soft.key().equals(HOSTNAME)) {
                    soft.perPlace.putIfAbsent(place, 0);
                }
            }
        }
        for (Soft soft : constraints) {
            int places = soft.key().equals(HOSTNAME) ? scored : soft.perPlace.size();
            soft.weight = Math.log(places + 2.0);
            if (!soft.perPlace.isEmpty()) {
                countPlaces(soft, pod, snapshot);
            }
        }
    }

    private void countPlaces(Soft soft, PodInfo pod, Snapshot snapshot) {
        for (NodeInfo node : snapshot.nodes()) {
            String place = node.labels().get(soft.key());
            if (place != null
                    && soft.perPlace.containsKey(place)
                    && !isIgnored(node)
                    && Spreading.makesPlace(soft.constraint, pod, node)) {
                soft.perPlace.merge(place, soft.count(node, namespace), Integer::sum);
            }
        }
    }

    private boolean isIgnored(NodeInfo node) {
        if (!needsAllKeys) {
            return false;
        }
        for (Soft soft : constraints) {
            if (!node.labels().containsKey(soft.key())) {
                return true;
            }
        }
        return false;
    }

    /** The node's sum: lower is better. */
    long of(NodeInfo node) {
        if (isIgnored(node)) {
            return 0;
        }
        double sum = 0;
        for (Soft soft : constraints) {
            String place = node.labels().get(soft.key());
            if (place != null) {
                int count = soft.key().equals(HOSTNAME)
                        ? soft.count(node, namespace)
                        : soft.perPlace.getOrDefault(place, 0);
                sum += count * soft.weight + (soft.constraint.maxSkew() - 1);
            }
        }
        return Math.round(sum);
    }

    /** Turns sums into scores. */
    void normalize(List<NodeInfo> feasible, long[] scores) {
        boolean[] ignored = new boolean[scores.length];
        List<Long> sums = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            ignored[i] = isIgnored(feasible.get(i));
            if (!ignored[i]) {
                sums.add(scores[i]);
            }
        }
        long least = sums.stream().mapToLong(Long::longValue).min().orElse(0);
        long most = sums.stream().mapToLong(Long::longValue).max().orElse(0);
        if (most == 0) {
            Arrays.setAll(scores, i -> ignored[i] ? 0 : ScorePlugin.MAX_SCORE);
            return;
        }
        Arrays.setAll(scores, i -> ignored[i] ? 0 : ScorePlugin.MAX_SCORE * (most + least - scores[i]) / most);
    }

    private static final class Soft {
        private final SpreadConstraint constraint;
        private final Predicate<PodInfo> counted;
        private final Map<String, Integer> perPlace = new HashMap<>();
        private double weight;

        Soft(SpreadConstraint constraint, Predicate<PodInfo> counted) {
            this.constraint = constraint;
            this.counted = counted;
        }

        String key() {
            return constraint.topologyKey();
        }

        int count(NodeInfo node, String namespace) {
            int count = 0;
            for (PodInfo other : node.pods()) {
                if (other.namespace().equals(namespace) && !other.isTerminating() && counted.test(other)) {
                    count++;
                }
            }
            return count;
        }
    }
}
