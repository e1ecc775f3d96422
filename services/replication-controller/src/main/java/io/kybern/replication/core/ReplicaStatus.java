package io.kybern.replication.core;

import java.util.List;

/**
 * What an owner of replicas reports.
 *
 * @param replicas pods that count
 * @param fullyLabeled of them, those with all labels of the template
 * @param ready of them, those that are ready
 * @param available of them, those that have been ready for long enough
 * @param terminating pods that are being deleted and do not count
 * @param observedGeneration the generation of the spec that the numbers answer
 */
public record ReplicaStatus(
        int replicas,
        int fullyLabeled,
        int ready,
        int available,
        int terminating,
        long observedGeneration,
        List<ReplicaCondition> conditions) {

    public ReplicaStatus {
        conditions = List.copyOf(conditions);
    }
}
