package io.kybern.scheduler.core.plugins;

import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.NodeMatcher;
import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Keeps a pod to the nodes that reach the volumes of its claims. A claim that has no volume yet keeps it to none. */
public final class VolumeBinding implements FilterPlugin, HintPlugin {

    private static final String NAME = "VolumeBinding";
    private static final Optional<Rejection> REFUSED =
            Optional.of(Rejection.unresolvable(NAME, "node(s) didn't match PersistentVolume's node affinity"));

    private final Function<ObjectKey, Optional<NodeMatcher>> reach;

    /** @param reach from which nodes the volume of a claim can be reached; empty if from all, or if it has none */
    public VolumeBinding(Function<ObjectKey, Optional<NodeMatcher>> reach) {
        this.reach = reach;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        for (Volume volume : Objects.requireNonNullElse(pod.pod().getSpec().getVolumes(), List.<Volume>of())) {
            if (volume.getPersistentVolumeClaim() != null) {
                ObjectKey claim = new ObjectKey(
                        pod.namespace(), volume.getPersistentVolumeClaim().getClaimName());
                boolean outOfReach = reach.apply(claim)
                        .map(nodes -> !nodes.matches(node.name(), node.labels()))
                        .orElse(false);
                if (outOfReach) {
                    return REFUSED;
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return event instanceof ClusterEvent.NodeChanged changed && changed.labelsChanged();
    }
}
