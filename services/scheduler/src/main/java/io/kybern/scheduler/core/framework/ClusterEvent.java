package io.kybern.scheduler.core.framework;

import io.kybern.api.ObjectKey;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import org.jspecify.annotations.Nullable;

/** A change of the cluster that may make a waiting pod schedulable. */
public sealed interface ClusterEvent {

    /** A node came, or its object changed; {@code before} is null for a new one. */
    record NodeChanged(NodeInfo.@Nullable Facts before, NodeInfo.Facts after) implements ClusterEvent {

        /** Whether the node is new or offers other resources. */
        public boolean resourcesChanged() {
            return before == null || !before.sameResources(after);
        }

        /** Whether the node is new or has other labels. */
        public boolean labelsChanged() {
            return before == null || !before.labels().equals(after.labels());
        }

        /** Whether the node is new, has other taints, or was cordoned or uncordoned. */
        public boolean taintsChanged() {
            return before == null || !before.sameTaints(after);
        }

        /** Whether anything that scheduling looks at has changed. */
        public boolean matters() {
            return resourcesChanged() || labelsChanged() || taintsChanged();
        }
    }

    /** A pod was placed on a node, by this scheduler or another. */
    record PodPlaced(PodInfo pod) implements ClusterEvent {}

    /** A placed pod's labels or requests have changed. */
    record PlacedPodChanged(PodInfo before, PodInfo after) implements ClusterEvent {}

    /** A placed pod is gone or has ended. */
    record PodRemoved(PodInfo pod) implements ClusterEvent {}

    /** A namespace came or has other labels. */
    record NamespaceChanged(String name) implements ClusterEvent {}

    /** A claim, a volume or a class of volumes came or changed; {@code claim} is null if it was no claim. */
    record StorageChanged(@Nullable ObjectKey claim) implements ClusterEvent {}
}
