package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.PreFilterPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import io.kybern.scheduler.core.model.SpreadConstraint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Spreads pods over places: as their topology spread constraints say, and without any, softly over nodes and zones.
 *
 * <p><b>Goals.</b> Hard constraints never widen the skew; replicas of one workload do not share one node when others are
 * free. <b>Constraints.</b> Only pods of the same namespace that are not being deleted are counted; whether a node makes
 * a place is up to the constraint's inclusion policies. <b>Algorithm.</b> Filter: count of the place, plus one if the pod
 * counts itself, less the smallest count must not exceed maxSkew. Score: see {@link SpreadScore}. <b>Example.</b> Three
 * zones with 2, 1 and 0 pods and maxSkew 1: only the third can take the next one.
 */
public final class PodTopologySpread implements PreFilterPlugin, FilterPlugin, ScorePlugin, HintPlugin {

    private static final String NAME = "PodTopologySpread";
    private static final String REASON = "node(s) didn't match pod topology spread constraints";
    private static final Optional<Rejection> UNEVEN = Optional.of(Rejection.unschedulable(NAME, REASON));
    private static final Optional<Rejection> NO_LABEL =
            Optional.of(Rejection.unresolvable(NAME, REASON + " (missing required label)"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PreFilterResult preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        List<SpreadConstraint> hard =
                pod.spread().stream().filter(SpreadConstraint::hard).toList();
        if (hard.isEmpty()) {
            return new PreFilterResult.Skip();
        }
        List<Map<String, Integer>> counts = new ArrayList<>();
        hard.forEach(c -> counts.add(new HashMap<>()));
        for (NodeInfo node : snapshot.nodes()) {
            if (!Spreading.hasAllKeys(node, hard)) {
                continue;
            }
            for (int i = 0; i < hard.size(); i++) {
                SpreadConstraint constraint = hard.get(i);
                if (Spreading.makesPlace(constraint, pod, node)) {
                    counts.get(i)
                            .merge(
                                    node.labels().get(constraint.topologyKey()),
                                    Spreading.count(node, constraint.selector(), pod.namespace()),
                                    Integer::sum);
                }
            }
        }
        state.put(Counts.class, Counts.of(hard, counts));
        return new PreFilterResult.Proceed();
    }

    @Override
    public void addPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node, Snapshot snapshot) {
        adjust(state, pod, added, node, 1);
    }

    @Override
    public void removePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node, Snapshot snapshot) {
        // pods on their way out were not counted
        if (!removed.isTerminating()) {
            adjust(state, pod, removed, node, -1);
        }
    }

    private static void adjust(CycleState state, PodInfo pod, PodInfo other, NodeInfo node, int by) {
        Counts counts = state.get(Counts.class);
        if (counts == null
                || !other.namespace().equals(pod.namespace())
                || !Spreading.hasAllKeys(node, counts.constraints())) {
            return;
        }
        List<Map<String, Integer>> adjusted = new ArrayList<>();
        for (int i = 0; i < counts.constraints().size(); i++) {
            SpreadConstraint constraint = counts.constraints().get(i);
            Map<String, Integer> own = new HashMap<>(counts.perPlace().get(i));
            if (constraint.selector().matches(other.labels()) && Spreading.makesPlace(constraint, pod, node)) {
                own.merge(node.labels().get(constraint.topologyKey()), by, Integer::sum);
            }
            adjusted.add(own);
        }
        state.put(Counts.class, Counts.of(counts.constraints(), adjusted));
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        Counts counts = state.get(Counts.class);
        if (counts == null) {
            return Optional.empty();
        }
        for (int i = 0; i < counts.constraints().size(); i++) {
            SpreadConstraint constraint = counts.constraints().get(i);
            String place = node.labels().get(constraint.topologyKey());
            if (place == null) {
                return NO_LABEL;
            }
            int self = constraint.selector().matches(pod.labels()) ? 1 : 0;
            int there = counts.perPlace().get(i).getOrDefault(place, 0);
            if (there + self - counts.smallest().get(i) > constraint.maxSkew()) {
                return UNEVEN;
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean preScore(CycleState state, PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        Optional<SpreadScore> score = SpreadScore.of(pod, feasible, snapshot);
        score.ifPresent(s -> state.put(SpreadScore.class, s));
        return score.isPresent();
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        SpreadScore score = state.get(SpreadScore.class);
        return score == null ? 0 : score.of(node);
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, List<NodeInfo> feasible, long[] scores) {
        SpreadScore score = state.get(SpreadScore.class);
        if (score != null) {
            score.normalize(feasible, scores);
        }
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeChanged changed -> changed.labelsChanged() || changed.taintsChanged();
            case ClusterEvent.PodPlaced placed -> counted(pod, placed.pod());
            case ClusterEvent.PodRemoved removed -> counted(pod, removed.pod());
            case ClusterEvent.PlacedPodChanged changed ->
                counted(pod, changed.before()) != counted(pod, changed.after());
            case ClusterEvent.NamespaceChanged changed -> false;
            case ClusterEvent.StorageChanged changed -> false;
        };
    }

    private static boolean counted(PodInfo pod, PodInfo other) {
        return other.namespace().equals(pod.namespace())
                && pod.spread().stream().anyMatch(c -> c.selector().matches(other.labels()));
    }

    /** How many pods each place holds, per constraint, and the smallest of them. */
    private record Counts(
            List<SpreadConstraint> constraints, List<Map<String, Integer>> perPlace, List<Integer> smallest) {

        static Counts of(List<SpreadConstraint> constraints, List<Map<String, Integer>> perPlace) {
            List<Integer> smallest = new ArrayList<>();
            for (int i = 0; i < constraints.size(); i++) {
                Map<String, Integer> places = perPlace.get(i);
                boolean tooFew = places.size() < constraints.get(i).minDomains();
                smallest.add(
                        tooFew
                                ? 0
                                : places.values().stream()
                                        .mapToInt(Integer::intValue)
                                        .min()
                                        .orElse(0));
            }
            return new Counts(constraints, perPlace, smallest);
        }
    }
}
