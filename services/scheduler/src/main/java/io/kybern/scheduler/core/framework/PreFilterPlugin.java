package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.Set;

/** Looks at the pod once, before any node: prepares for Filter, narrows the nodes down, or refuses the pod. */
public interface PreFilterPlugin extends Plugin {

    /** Called once per cycle, before every Filter. */
    PreFilterResult preFilter(CycleState state, PodInfo pod, Snapshot snapshot);

    /**
     * Adjusts the plugin's state as if one more pod ran on the node. Called on a copy of the cycle's state when pods
     * that were promised the node are counted in.
     */
    default void addPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node, Snapshot snapshot) {}

    /** The reverse: adjusts the plugin's state as if that pod were not on the node any more. */
    default void removePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node, Snapshot snapshot) {}

    /** What PreFilter found. */
    sealed interface PreFilterResult {

        /** All nodes are in question. */
        record Proceed() implements PreFilterResult {}

        /** The plugin has nothing to say on this pod: its Filter is left out. */
        record Skip() implements PreFilterResult {}

        /** Only these nodes are in question. */
        record OnlyNodes(Set<String> names) implements PreFilterResult {}

        /** No node can take the pod. */
        record Reject(Rejection rejection) implements PreFilterResult {}
    }
}
