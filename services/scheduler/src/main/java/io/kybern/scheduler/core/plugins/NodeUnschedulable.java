package io.kybern.scheduler.core.plugins;

import io.fabric8.kubernetes.api.model.Taint;
import io.kybern.controller.model.Tolerations;
import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import java.util.Optional;

/** Keeps pods from cordoned nodes, unless they tolerate the taint that stands for it. */
public final class NodeUnschedulable implements FilterPlugin, HintPlugin {

    private static final String NAME = "NodeUnschedulable";
    private static final Taint CORDONED = new Taint("NoSchedule", "node.kubernetes.io/unschedulable", null, null);
    private static final Optional<Rejection> REFUSED =
            Optional.of(Rejection.unresolvable(NAME, "node(s) were unschedulable"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        return node.isUnschedulable() && !Tolerations.tolerate(pod.tolerations(), CORDONED)
                ? REFUSED
                : Optional.empty();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return event instanceof ClusterEvent.NodeChanged changed
                && changed.taintsChanged()
                && !Boolean.TRUE.equals(changed.after().node().getSpec().getUnschedulable());
    }
}
