package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import java.util.Optional;

/** Lets a pod that names its node go nowhere else. */
public final class NodeName implements FilterPlugin, HintPlugin {

    private static final String NAME = "NodeName";
    private static final Optional<Rejection> REFUSED =
            Optional.of(Rejection.unresolvable(NAME, "node(s) didn't match the requested node name"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        return pod.nodeName().isEmpty() || pod.nodeName().equals(node.name()) ? Optional.empty() : REFUSED;
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return event instanceof ClusterEvent.NodeChanged changed && changed.before() == null;
    }
}
