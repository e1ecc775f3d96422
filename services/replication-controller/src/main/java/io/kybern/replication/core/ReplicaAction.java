package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/** What brings the number of pods nearer to what is asked for. */
sealed interface ReplicaAction {

    /** Why, for the log. */
    String reason();

    /** Create so many pods. */
    record Create(int count, String reason) implements ReplicaAction {}

    /** Delete those pods. */
    record Delete(List<Pod> pods, String reason) implements ReplicaAction {
        public Delete {
            pods = List.copyOf(pods);
        }
    }

    /** The number is right. */
    record Nothing(String reason) implements ReplicaAction {}
}
