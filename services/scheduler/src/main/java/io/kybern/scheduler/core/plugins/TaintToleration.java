package io.kybern.scheduler.core.plugins;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.kybern.controller.model.Tolerations;
import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.ScorePlugin;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.List;
import java.util.Optional;

/** Keeps pods from nodes with a NoSchedule or NoExecute taint they do not tolerate; likes PreferNoSchedule less. */
public final class TaintToleration implements FilterPlugin, ScorePlugin, HintPlugin {

    private static final String NAME = "TaintToleration";
    private static final Optional<Rejection> REFUSED =
            Optional.of(Rejection.unresolvable(NAME, "node(s) had untolerated taint(s)"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        for (Taint taint : node.taints()) {
            if (keepsPodsOff(taint) && !Tolerations.tolerate(pod.tolerations(), taint)) {
                return REFUSED;
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean preScore(CycleState state, PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        for (NodeInfo node : feasible) {
            for (Taint taint : node.taints()) {
                if (taint.getEffect().equals("PreferNoSchedule")) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        List<Toleration> soft = pod.tolerations().stream()
                .filter(t -> t.getEffect() == null
                        || t.getEffect().isEmpty()
                        || t.getEffect().equals("PreferNoSchedule"))
                .toList();
        return node.taints().stream()
                .filter(t -> t.getEffect().equals("PreferNoSchedule") && !Tolerations.tolerate(soft, t))
                .count();
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, List<NodeInfo> feasible, long[] scores) {
        ScorePlugin.normalizeByLargest(scores, true);
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return event instanceof ClusterEvent.NodeChanged changed && changed.taintsChanged();
    }

    /** Whether the taint keeps new pods off the node. */
    static boolean keepsPodsOff(Taint taint) {
        return taint.getEffect().equals("NoSchedule") || taint.getEffect().equals("NoExecute");
    }
}
