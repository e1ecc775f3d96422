package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;

/** What brings the pods of a Job nearer to what it asks for; only one of them in a pass. */
sealed interface JobAction {

    /** So many more pods of a Job without indexes. */
    record Create(int count) implements JobAction {}

    /** A pod for each of those indexes. */
    record CreateIndexes(List<Integer> indexes) implements JobAction {
        public CreateIndexes {
            indexes = List.copyOf(indexes);
        }
    }

    /**
     * Pods go.
     *
     * @param uncounted whether they go without being counted as failed, because they did nothing wrong and the Job goes on
     */
    record Delete(List<Pod> pods, boolean uncounted) implements JobAction {
        public Delete {
            pods = List.copyOf(pods);
        }
    }

    /** Pods are wanted, but not before that. */
    record Wait(Duration time) implements JobAction {}

    /** The right pods are there. */
    record Nothing() implements JobAction {}
}
