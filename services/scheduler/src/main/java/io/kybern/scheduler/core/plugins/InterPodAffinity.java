package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.PreFilterPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.AffinityTerm;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Places pods near or far from other pods, as their affinity and anti-affinity say.
 *
 * <p><b>Goals.</b> Required terms of the new pod and required anti-affinity of those that run already are never broken;
 * preferred terms of both sides count. <b>Constraints.</b> The first pod of a group that wants to be near itself must
 * find a place, so a required affinity that no pod fulfils is waived if the pod fulfils it itself. <b>Algorithm.</b>
 * Filter: count once per cycle, for each place (topology key and value), the pods that matter; a node is judged by the
 * places it lies in. Score: {@link AffinityScore}. <b>Example.</b> A pod with anti-affinity to its own label over
 * hostnames is refused by each node that runs such a pod.
 */
public final class InterPodAffinity implements PreFilterPlugin, FilterPlugin, ScorePlugin, HintPlugin {

    private static final String NAME = "InterPodAffinity";
    private static final Optional<Rejection> NO_FRIEND =
            Optional.of(Rejection.unresolvable(NAME, "node(s) didn't match pod affinity rules"));
    private static final Optional<Rejection> OWN_FOE =
            Optional.of(Rejection.unschedulable(NAME, "node(s) didn't match pod anti-affinity rules"));
    private static final Optional<Rejection> OTHERS_FOE =
            Optional.of(Rejection.unschedulable(NAME, "node(s) didn't satisfy existing pods anti-affinity rules"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PreFilterResult preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        Places places = new Places(new HashMap<>(), new HashMap<>(), new HashMap<>());
        for (NodeInfo node : snapshot.withRequiredAntiAffinity()) {
            for (PodInfo other : node.pods()) {
                places.countOthersAnti(pod, other, node, snapshot, 1);
            }
        }
        PodInfo.Affinities own = pod.affinities();
        if (!own.required().isEmpty() || !own.requiredAnti().isEmpty()) {
            for (NodeInfo node : snapshot.nodes()) {
                for (PodInfo other : node.pods()) {
                    places.countOwn(pod, other, node, snapshot, 1);
                }
            }
        }
        if (places.othersAnti().isEmpty()
                && own.required().isEmpty()
                && own.requiredAnti().isEmpty()) {
            return new PreFilterResult.Skip();
        }
        state.put(Places.class, places);
        boolean fulfilsOwn = fulfils(own.required(), pod, snapshot);
        state.put(Self.class, new Self(fulfilsOwn));
        return new PreFilterResult.Proceed();
    }

    @Override
    public void addPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node, Snapshot snapshot) {
        adjust(state, pod, added, node, snapshot, 1);
    }

    @Override
    public void removePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node, Snapshot snapshot) {
        adjust(state, pod, removed, node, snapshot, -1);
    }

    private static void adjust(CycleState state, PodInfo pod, PodInfo other, NodeInfo node, Snapshot snapshot, int by) {
        Places places = state.get(Places.class);
        if (places == null) {
            return;
        }
        Places copy = new Places(
                new HashMap<>(places.near()), new HashMap<>(places.ownAnti()), new HashMap<>(places.othersAnti()));
        copy.countOthersAnti(pod, other, node, snapshot, by);
        copy.countOwn(pod, other, node, snapshot, by);
        state.put(Places.class, copy);
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        Places places = state.get(Places.class);
        Self self = state.get(Self.class);
        if (places == null || self == null) {
            return Optional.empty();
        }
        if (!findsFriends(pod, node, places, self)) {
            return NO_FRIEND;
        }
        for (AffinityTerm term : pod.affinities().requiredAnti()) {
            if (places.ownAnti().containsKey(Place.of(term.topologyKey(), node))) {
                return OWN_FOE;
            }
        }
        for (Place place : places.othersAnti().keySet()) {
            if (place.value().equals(node.labels().get(place.key()))) {
                return OTHERS_FOE;
            }
        }
        return Optional.empty();
    }

    private static boolean findsFriends(PodInfo pod, NodeInfo node, Places places, Self self) {
        boolean all = true;
        for (AffinityTerm term : pod.affinities().required()) {
            if (!node.labels().containsKey(term.topologyKey())) {
                return false;
            }
            all &= places.near().containsKey(Place.of(term.topologyKey(), node));
        }
        return all || (places.near().isEmpty() && self.fulfilsOwnTerms());
    }

    @Override
    public boolean preScore(CycleState state, PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        Optional<AffinityScore> score = AffinityScore.of(pod, snapshot);
        score.ifPresent(s -> state.put(AffinityScore.class, s));
        return score.isPresent();
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        AffinityScore score = state.get(AffinityScore.class);
        return score == null ? 0 : score.of(node);
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, List<NodeInfo> feasible, long[] scores) {
        AffinityScore.normalize(scores);
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeChanged changed -> changed.labelsChanged();
            case ClusterEvent.PodPlaced placed -> !pod.affinities().required().isEmpty();
            case ClusterEvent.PodRemoved removed -> true;
            case ClusterEvent.PlacedPodChanged changed ->
                !changed.before().labels().equals(changed.after().labels());
            case ClusterEvent.NamespaceChanged changed -> true;
            case ClusterEvent.StorageChanged changed -> false;
        };
    }

    private static boolean fulfils(List<AffinityTerm> terms, PodInfo pod, Snapshot snapshot) {
        return !terms.isEmpty() && terms.stream().allMatch(t -> means(t, pod, snapshot));
    }

    private static boolean means(AffinityTerm term, PodInfo pod, Snapshot snapshot) {
        return term.matches(pod.namespace(), pod.labels(), snapshot.labelsOf(pod.namespace()));
    }

    /** Whether the pod fulfils its own required affinity. */
    private record Self(boolean fulfilsOwnTerms) {}

    /** One topology key and value. */
    record Place(String key, String value) {
        static Place of(String key, NodeInfo node) {
            return new Place(key, node.labels().getOrDefault(key, ""));
        }
    }

    /** How many pods matter in each place: friends of the pod, its foes, and those that are foes of it. */
    private record Places(Map<Place, Integer> near, Map<Place, Integer> ownAnti, Map<Place, Integer> othersAnti) {

        /** A place without pods that matter is not kept: it is as good as unknown. */
        private static void count(Map<Place, Integer> places, Place place, int by) {
            places.compute(place, (same, known) -> {
                int pods = (known == null ? 0 : known) + by;
                return pods == 0 ? null : pods;
            });
        }

        void countOthersAnti(PodInfo pod, PodInfo other, NodeInfo node, Snapshot snapshot, int by) {
            for (AffinityTerm term : other.affinities().requiredAnti()) {
                if (node.labels().containsKey(term.topologyKey()) && means(term, pod, snapshot)) {
                    count(othersAnti, Place.of(term.topologyKey(), node), by);
                }
            }
        }

        void countOwn(PodInfo pod, PodInfo other, NodeInfo node, Snapshot snapshot, int by) {
            PodInfo.Affinities own = pod.affinities();
            if (fulfils(own.required(), other, snapshot)) {
                for (AffinityTerm term : own.required()) {
                    if (node.labels().containsKey(term.topologyKey())) {
                        count(near, Place.of(term.topologyKey(), node), by);
                    }
                }
            }
            for (AffinityTerm term : own.requiredAnti()) {
                if (node.labels().containsKey(term.topologyKey()) && means(term, other, snapshot)) {
                    count(ownAnti, Place.of(term.topologyKey(), node), by);
                }
            }
        }
    }
}
