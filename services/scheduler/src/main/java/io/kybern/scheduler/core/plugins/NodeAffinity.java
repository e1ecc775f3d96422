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
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Honours a pod's {@code nodeSelector} and its required and preferred node affinity. */
public final class NodeAffinity implements PreFilterPlugin, FilterPlugin, ScorePlugin, HintPlugin {

    private static final String NAME = "NodeAffinity";
    private static final String REASON = "node(s) didn't match Pod's node affinity/selector";
    private static final Rejection REFUSAL = Rejection.unresolvable(NAME, REASON);
    private static final Optional<Rejection> REFUSED = Optional.of(REFUSAL);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PreFilterResult preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        Optional<Set<String>> only = pod.nodes().onlyNodes();
        if (only.isEmpty()) {
            return new PreFilterResult.Proceed();
        }
        return only.get().isEmpty()
                ? new PreFilterResult.Reject(Rejection.unresolvable(NAME, "pod affinity terms conflict"))
                : new PreFilterResult.OnlyNodes(only.get());
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        return pod.nodes().matches(node.name(), node.labels()) ? Optional.empty() : REFUSED;
    }

    @Override
    public boolean preScore(CycleState state, PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        return pod.nodes().hasPreferences();
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        return pod.nodes().preference(node.name(), node.labels());
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, List<NodeInfo> feasible, long[] scores) {
        ScorePlugin.normalizeByLargest(scores, false);
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return event instanceof ClusterEvent.NodeChanged changed
                && changed.labelsChanged()
                && pod.nodes().matches(changed.after().name(), changed.after().labels());
    }
}
