package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.AffinityTerm;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import io.kybern.scheduler.core.plugins.InterPodAffinity.Place;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How much each place is liked by the pod and by the pods that run there.
 *
 * <p>Algorithm: each pair of a running pod and a term that applies, on either side, adds the term's weight (subtracts it
 * for anti-affinity) to the place; required affinity of running pods counts 1. A node's score is the sum over its
 * places; the lowest becomes 0, the highest 100.
 */
final class AffinityScore {

    /** What a running pod's required affinity to the new pod counts, as in Kubernetes' default configuration. */
    private static final int REQUIRED_WEIGHT = 1;

    private final Map<Place, Long> weights = new HashMap<>();

    private AffinityScore() {}

    /** Empty if no term applies to any pair. */
    static Optional<AffinityScore> of(PodInfo pod, Snapshot snapshot) {
        PodInfo.Affinities own = pod.affinities();
        boolean hasPreferences =
                !own.preferred().isEmpty() || !own.preferredAnti().isEmpty();
        AffinityScore score = new AffinityScore();
        for (NodeInfo node : hasPreferences ? snapshot.nodes() : snapshot.withAffinity()) {
            for (PodInfo other : node.pods()) {
                score.add(own.preferred(), other, node, snapshot, 1);
                score.add(own.preferredAnti(), other, node, snapshot, -1);
                if (!other.affinities().isEmpty()) {
                    score.add(other.affinities().required(), pod, node, snapshot, 1);
                    score.add(other.affinities().preferred(), pod, node, snapshot, 1);
                    score.add(other.affinities().preferredAnti(), pod, node, snapshot, -1);
                }
            }
        }
        return score.weights.isEmpty() ? Optional.empty() : Optional.of(score);
    }

    private void add(List<AffinityTerm> terms, PodInfo meant, NodeInfo node, Snapshot snapshot, int sign) {
        for (AffinityTerm term : terms) {
            if (node.labels().containsKey(term.topologyKey())
                    && term.matches(meant.namespace(), meant.labels(), snapshot.labelsOf(meant.namespace()))) {
                int weight = term.weight() == 0 ? REQUIRED_WEIGHT : term.weight();
                weights.merge(Place.of(term.topologyKey(), node), (long) sign * weight, Long::sum);
            }
        }
    }

    long of(NodeInfo node) {
        long sum = 0;
        for (Map.Entry<Place, Long> entry : weights.entrySet()) {
            if (entry.getKey().value().equals(node.labels().get(entry.getKey().key()))) {
                sum += entry.getValue();
            }
        }
        return sum;
    }

    static void normalize(long[] scores) {
        long least = Long.MAX_VALUE;
        long most = Long.MIN_VALUE;
        for (long score : scores) {
            least = Math.min(least, score);
            most = Math.max(most, score);
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] = most == least ? 0 : ScorePlugin.MAX_SCORE * (scores[i] - least) / (most - least);
        }
    }
}
