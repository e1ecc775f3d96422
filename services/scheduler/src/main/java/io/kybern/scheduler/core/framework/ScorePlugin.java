package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.List;

/** Says how much a node that can take the pod is liked: after normalization, 0 (least) to 100 (most). */
public interface ScorePlugin extends Plugin {

    /** The best score after normalization. */
    long MAX_SCORE = 100;

    /**
     * Prepares for the cycle's scores.
     *
     * @param feasible the nodes that will be scored
     * @return false if the plugin likes all nodes alike and need not be asked
     */
    default boolean preScore(CycleState state, PodInfo pod, List<NodeInfo> feasible, Snapshot snapshot) {
        return true;
    }

    /** The score of one node, in any range if {@link #normalize} maps it to 0..100. */
    long score(CycleState state, PodInfo pod, NodeInfo node);

    /** Maps the scores, in the order of the feasible nodes, to 0..100 in place. */
    default void normalize(CycleState state, PodInfo pod, List<NodeInfo> feasible, long[] scores) {}

    /** Maps 0..largest to 0..100, or the other way round where a higher count is worse. */
    static void normalizeByLargest(long[] scores, boolean reversed) {
        long largest = 0;
        for (long score : scores) {
            largest = Math.max(largest, score);
        }
        for (int i = 0; i < scores.length; i++) {
            long share = largest == 0 ? 0 : scores[i] * MAX_SCORE / largest;
            scores[i] = reversed ? MAX_SCORE - share : share;
        }
    }
}
