package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the pods of a Job amount to at one moment.
 *
 * @param pods all of them
 * @param active those that have neither ended nor are being deleted
 * @param ready how many of them are ready
 * @param terminating how many pods are being deleted and have not ended
 * @param succeeded successes, counted or not
 * @param failed failures that count, counted or not
 * @param succeededBefore the indexes that the status names
 * @param succeededIndexes they and those whose success is new
 * @param failedIndexes the indexes that have failed for good; null if indexes have no limit of their own
 * @param lastFailures by index, the failed pod that a new one is to replace; it is kept until then, since it knows the number of failures
 * @param verdict how the Job ends; null if it goes on
 * @param untilDeadline how long the Job may go on; null for ever
 */
record Assessment(
        JobSettings settings,
        List<Pod> pods,
        List<Pod> active,
        int ready,
        int terminating,
        int succeeded,
        int failed,
        IndexSet succeededBefore,
        IndexSet succeededIndexes,
        @Nullable IndexSet failedIndexes,
        Map<Integer, Pod> lastFailures,
        @Nullable Verdict verdict,
        @Nullable Duration untilDeadline) {

    Assessment {
        pods = List.copyOf(pods);
        active = List.copyOf(active);
        lastFailures = Map.copyOf(lastFailures);
    }
}
