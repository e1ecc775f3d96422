package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FilterPlugin;
import io.kybern.scheduler.core.framework.HintPlugin;
import io.kybern.scheduler.core.framework.PreFilterPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.model.HostPort;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.Optional;

/** Keeps two pods from taking the same port of a node's own addresses. */
public final class NodePorts implements PreFilterPlugin, FilterPlugin, HintPlugin {

    private static final String NAME = "NodePorts";
    private static final Optional<Rejection> REFUSED =
            Optional.of(Rejection.unschedulable(NAME, "node(s) didn't have free ports for the requested pod ports"));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PreFilterResult preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        return pod.hostPorts().isEmpty() ? new PreFilterResult.Skip() : new PreFilterResult.Proceed();
    }

    @Override
    public Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node) {
        for (PodInfo other : node.pods()) {
            if (conflict(pod, other)) {
                return REFUSED;
            }
        }
        return Optional.empty();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeChanged changed -> changed.before() == null;
            case ClusterEvent.PodRemoved removed -> conflict(pod, removed.pod());
            case ClusterEvent.PodPlaced placed -> false;
            case ClusterEvent.PlacedPodChanged changed -> false;
            case ClusterEvent.NamespaceChanged changed -> false;
            case ClusterEvent.StorageChanged changed -> false;
        };
    }

    private static boolean conflict(PodInfo pod, PodInfo other) {
        for (HostPort taken : other.hostPorts()) {
            for (HostPort wanted : pod.hostPorts()) {
                if (wanted.conflictsWith(taken)) {
                    return true;
                }
            }
        }
        return false;
    }
}
