package io.kybern.workload.core.daemonset;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/** The DaemonSets that a change of a node concerns: all, if the change is one that they judge nodes by. */
public final class DaemonNodes {

    private final Informer<DaemonSet> sets;

    public DaemonNodes(Informer<DaemonSet> sets) {
        this.sets = sets;
    }

    /** Their keys. */
    public Collection<ObjectKey> of(ObjectChange<Node> change) {
        Node before = change.before();
        Node after = change.after();
        // nodes report every few seconds
        if (before != null && after != null && isTheSame(before, after)) {
            return List.of();
        }
        return sets.list().stream().map(ObjectKeys::of).toList();
    }

    private static boolean isTheSame(Node before, Node after) {
        return Objects.equals(
                        before.getMetadata().getLabels(), after.getMetadata().getLabels())
                && Objects.equals(before.getSpec(), after.getSpec());
    }
}
