package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Called when no node can take the pod: may make room and promise a node. */
public interface PostFilterPlugin extends Plugin {

    /**
     * Tries to make the pod schedulable.
     *
     * @param verdicts why each node was refused; a node without an entry was ruled out before Filter, for good
     */
    PostFilterResult postFilter(CycleState state, PodInfo pod, Snapshot snapshot, Map<String, Rejection> verdicts);

    /**
     * What came of it.
     *
     * @param nominatedNode the node promised to the pod, null if none
     * @param message what is appended to the pod's event, empty for nothing
     */
    record PostFilterResult(@Nullable String nominatedNode, String message) {}
}
