package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.framework.PostFilterPlugin.PostFilterResult;
import io.kybern.scheduler.core.framework.PreFilterPlugin.PreFilterResult;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the best node for one pod.
 *
 * <p>Goals: a node that every filter allows, with the highest weighted sum of scores; among equals any, so that equal
 * nodes fill evenly. Constraints: in a large cluster only a share of the nodes is looked at, starting where the last
 * cycle ended, so that all nodes get their turn. Algorithm: PreFilter, Filter until enough nodes are found, Score,
 * or PostFilter when there is none. Example: of 1,000 nodes 42 % are enough, so filtering stops at 420 that fit.
 */
public final class SchedulingCycle {

    /** Clusters up to this size are looked at whole; below it a sample would spread badly. Kubernetes' number. */
    private static final int MIN_NODES_TO_FIND = 100;

    /** The least share of nodes that is looked at, in percent. Kubernetes' number. */
    private static final int MIN_PERCENTAGE = 5;

    private final Profile profile;
    private final int percentageOfNodes;
    private final RandomGenerator random;
    private int nextStart;

    /**
     * A cycle for the pods of one profile.
     *
     * @param percentageOfNodes how many feasible nodes are enough, in percent of all; 0 chooses by cluster size
     */
    public SchedulingCycle(Profile profile, int percentageOfNodes, RandomGenerator random) {
        this.profile = profile;
        this.percentageOfNodes = percentageOfNodes;
        this.random = random;
    }

    /**
     * Looks for a node; changes nothing.
     *
     * @param nominated the waiting pods that were promised a node, by node
     */
    public Placement run(PodInfo pod, Snapshot snapshot, Function<String, List<PodInfo>> nominated) {
        if (snapshot.nodes().isEmpty()) {
            return new Placement.NoFit(FitFailure.noNodes(), null, List.of());
        }
        CycleState state = new CycleState();
        Narrowing narrowing = preFilter(state, pod, snapshot);
        if (narrowing.rejection() != null) {
            FitFailure failure = new FitFailure(
                    snapshot.nodes().size(),
                    Map.of(),
                    null,
                    narrowing.rejection(),
                    "",
                    Set.of(narrowing.rejection().plugin()));
            return postFilter(new Filtering(state, pod, snapshot, nominated), failure);
        }
        Filtering filtering = new Filtering(state, pod, snapshot, nominated);
        List<NodeInfo> feasible = filtering.promisedNode();
        if (feasible.isEmpty()) {
            feasible = filtering.feasible(narrowing.nodes(snapshot));
        }
        if (feasible.isEmpty()) {
            Set<String> plugins = new HashSet<>(narrowing.plugins());
            filtering.verdicts.values().forEach(v -> plugins.add(v.plugin()));
            FitFailure failure = new FitFailure(
                    snapshot.nodes().size(), filtering.verdicts, narrowing.othersReason(), null, "", plugins);
            return postFilter(filtering, failure);
        }
        return new Placement.Placed(best(state, pod, snapshot, feasible).name(), state);
    }

    private Narrowing preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        Set<String> names = null;
        Set<String> narrowedBy = new TreeSet<>();
        for (PreFilterPlugin plugin : profile.preFilters()) {
            switch (plugin.preFilter(state, pod, snapshot)) {
                case PreFilterResult.Proceed() -> {
                    // nothing to note
                }
                case PreFilterResult.Skip() -> state.skipFilter(plugin.name());
                case PreFilterResult.OnlyNodes(Set<String> only) -> {
                    narrowedBy.add(plugin.name());
                    if (names == null) {
                        names = new TreeSet<>(only);
                    } else {
                        names.retainAll(only);
                    }
                    if (names.isEmpty()) {
                        return Narrowing.toNothing(plugin.name(), narrowedBy);
                    }
                }
                case PreFilterResult.Reject(Rejection rejection) -> {
                    return new Narrowing(null, narrowedBy, rejection);
                }
            }
        }
        return new Narrowing(names, narrowedBy, null);
    }

    private Placement postFilter(Filtering filtering, FitFailure failure) {
        for (PostFilterPlugin plugin : profile.postFilters()) {
            PostFilterResult result =
                    plugin.postFilter(filtering.pod, filtering.snapshot, failure.verdicts(), filtering);
            if (result.nominatedNode() != null || !result.message().isEmpty()) {
                return new Placement.NoFit(
                        failure.withPostFilter(result.message()), result.nominatedNode(), result.victims());
            }
        }
        return new Placement.NoFit(failure, null, List.of());
    }

    private NodeInfo best(CycleState state, PodInfo pod, Snapshot snapshot, List<NodeInfo> feasible) {
        if (feasible.size() == 1) {
            return feasible.getFirst();
        }
        long[] totals = new long[feasible.size()];
        for (Profile.Weighted weighted : profile.scorers()) {
            ScorePlugin scorer = weighted.plugin();
            if (!scorer.preScore(state, pod, feasible, snapshot)) {
                continue;
            }
            long[] scores = new long[feasible.size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = scorer.score(state, pod, feasible.get(i));
            }
            scorer.normalize(state, pod, feasible, scores);
            for (int i = 0; i < scores.length; i++) {
                totals[i] += scores[i] * weighted.weight();
            }
        }
        return feasible.get(anyOfTheHighest(totals));
    }

    private int anyOfTheHighest(long[] totals) {
        int chosen = 0;
        int equals = 1;
        for (int i = 1; i < totals.length; i++) {
            if (totals[i] > totals[chosen]) {
                chosen = i;
                equals = 1;
            } else if (totals[i] == totals[chosen] && random.nextInt(++equals) == 0) {
                chosen = i;
            }
        }
        return chosen;
    }

    private int enough(int nodes) {
        if (nodes < MIN_NODES_TO_FIND) {
            return nodes;
        }
        int percentage = percentageOfNodes > 0 ? percentageOfNodes : Math.max(MIN_PERCENTAGE, 50 - nodes / 125);
        return percentage >= 100 ? nodes : Math.max(MIN_NODES_TO_FIND, nodes * percentage / 100);
    }

    /** What PreFilter left: the nodes in question, or a rejection. */
    private record Narrowing(
            @Nullable Set<String> names,
            Set<String> plugins,
            @Nullable Rejection rejection) {

        static Narrowing toNothing(String last, Set<String> plugins) {
            String reason = plugins.size() == 1
                    ? "node(s) didn't satisfy plugin " + last
                    : "node(s) didn't satisfy plugin(s) [" + String.join(" ", plugins) + "] simultaneously";
            return new Narrowing(null, plugins, Rejection.unresolvable(last, reason));
        }

        List<NodeInfo> nodes(Snapshot snapshot) {
            if (names == null) {
                return snapshot.nodes();
            }
            List<NodeInfo> nodes = new ArrayList<>();
            for (String name : names) {
                NodeInfo node = snapshot.node(name);
                if (node != null) {
                    nodes.add(node);
                }
            }
            return nodes;
        }

        @Nullable
        String othersReason() {
            return names == null ? null : "node(s) didn't satisfy plugin(s) [" + String.join(" ", plugins) + "]";
        }
    }

    /** One pod against many nodes. */
    private final class Filtering implements Trials {
        private final CycleState state;
        private final PodInfo pod;
        private final Snapshot snapshot;
        private final Function<String, List<PodInfo>> nominated;
        private final Map<String, Rejection> verdicts = new HashMap<>();

        Filtering(CycleState state, PodInfo pod, Snapshot snapshot, Function<String, List<PodInfo>> nominated) {
            this.state = state;
            this.pod = pod;
            this.snapshot = snapshot;
            this.nominated = nominated;
        }

        List<NodeInfo> promisedNode() {
            NodeInfo promised = pod.nominatedNode().isEmpty() ? null : snapshot.node(pod.nominatedNode());
            return promised != null && filter(state, promised).isEmpty() ? List.of(promised) : List.of();
        }

        List<NodeInfo> feasible(List<NodeInfo> nodes) {
            int enough = enough(nodes.size());
            List<NodeInfo> feasible = new ArrayList<>(Math.min(enough, nodes.size()));
            int start = nodes.isEmpty() ? 0 : nextStart % nodes.size();
            int looked = 0;
            while (looked < nodes.size() && feasible.size() < enough) {
                NodeInfo node = nodes.get((start + looked++) % nodes.size());
                Optional<Rejection> rejection = filter(state, node);
                if (rejection.isPresent()) {
                    verdicts.put(node.name(), rejection.get());
                } else {
                    feasible.add(node);
                }
            }
            nextStart = nodes.isEmpty() ? 0 : (start + looked) % nodes.size();
            return feasible;
        }

        /** A node promised to others must fit the pod both with them and, should they go elsewhere, without. */
        private Optional<Rejection> filter(CycleState base, NodeInfo node) {
            List<PodInfo> promised = nominated.apply(node.name()).stream()
                    .filter(p -> p.priority() >= pod.priority() && !p.uid().equals(pod.uid()))
                    .toList();
            if (!promised.isEmpty()) {
                CycleState with = base.copy();
                NodeInfo fuller = node;
                for (PodInfo other : promised) {
                    fuller = fuller.with(other);
                    for (PreFilterPlugin plugin : profile.preFilters()) {
                        plugin.addPod(with, pod, other, node, snapshot);
                    }
                }
                Optional<Rejection> rejection = filters(with, fuller);
                if (rejection.isPresent()) {
                    return rejection;
                }
            }
            return filters(base, node);
        }

        @Override
        public Trial on(NodeInfo node) {
            CycleState own = state.copy();
            return new Trial() {
                private NodeInfo current = node;

                @Override
                public void remove(PodInfo other) {
                    current = current.without(other);
                    profile.preFilters().forEach(plugin -> plugin.removePod(own, pod, other, node, snapshot));
                }

                @Override
                public void add(PodInfo other) {
                    current = current.with(other);
                    profile.preFilters().forEach(plugin -> plugin.addPod(own, pod, other, node, snapshot));
                }

                @Override
                public Optional<Rejection> refusal() {
                    return filter(own, current);
                }
            };
        }

        private Optional<Rejection> filters(CycleState use, NodeInfo node) {
            for (FilterPlugin plugin : profile.filters()) {
                if (!use.skipsFilter(plugin.name())) {
                    Optional<Rejection> rejection = plugin.filter(use, pod, node);
                    if (rejection.isPresent()) {
                        return rejection;
                    }
                }
            }
            return Optional.empty();
        }
    }

    /** What a cycle came to. */
    public sealed interface Placement {

        /** The pod goes to this node. */
        record Placed(String node, CycleState state) implements Placement {}

        /**
         * No node can take the pod now.
         *
         * @param nominatedNode the node to be promised to it; empty to take a promise back, null to leave it as it is
         * @param victims the pods that are to leave that node
         */
        record NoFit(FitFailure failure, @Nullable String nominatedNode, List<PodInfo> victims) implements Placement {}
    }
}
