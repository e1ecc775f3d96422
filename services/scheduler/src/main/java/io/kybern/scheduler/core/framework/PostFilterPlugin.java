package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Called when no node can take the pod: may make room and promise a node. */
public interface PostFilterPlugin extends Plugin {

    /**
     * Looks for a way to make the pod schedulable.
     *
     * @param verdicts why each node was refused; a node without an entry was ruled out before Filter, for good
     */
    PostFilterResult postFilter(PodInfo pod, Snapshot snapshot, Map<String, Rejection> verdicts, Trials trials);

    /**
     * What came of it.
     *
     * @param nominatedNode the node to be promised to the pod; empty if an earlier promise is to be taken back, null if nothing
     *     is to change
     * @param victims the pods that are to leave that node
     * @param message what is appended to the pod's event, empty for nothing
     */
    record PostFilterResult(@Nullable String nominatedNode, List<PodInfo> victims, String message) {

        /** Nothing was found and nothing changes. */
        public static PostFilterResult unchanged(String message) {
            return new PostFilterResult(null, List.of(), message);
        }

        /** Nothing was found, and no node is promised any more. */
        public static PostFilterResult nothing(String message) {
            return new PostFilterResult("", List.of(), message);
        }
    }
}
