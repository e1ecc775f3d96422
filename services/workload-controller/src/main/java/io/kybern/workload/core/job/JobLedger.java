package io.kybern.workload.core.job;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.UncountedTerminatedPods;
import io.kybern.controller.model.PodStates;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the count of a Job's pods, so that none is counted twice and none is lost, whenever the controller stops.
 *
 * <p>A pod is held by a finalizer until it is counted, in three writes: its uid is noted in the status as uncounted; its finalizer
 * goes; its uid becomes a number. A uid is added only from a status and a pod of which the pod is not the older, and is turned
 * into a number only when its finalizer is gone. Successes of an indexed Job are a set of indexes, which counts nothing twice by itself. See KEP-2307.
 */
final class JobLedger {

    /** The list in the status must not grow without bounds; what is beyond follows in the next pass. */
    static final int MOST_UNCOUNTED = 500;

    private JobLedger() {}

    /**
     * The first write.
     *
     * @param status that names what is going to be counted
     * @param counted the pods whose finalizer may go once that is written
     * @param whole whether there is nothing more to note
     */
    record Note(JobStatus status, List<Pod> counted, boolean whole) {}

    /**
     * Notes the pods that have ended.
     *
     * @param ending how the Job ends, if nothing of it runs any longer
     */
    static Note note(JobStatus before, Assessment seen, boolean jobIsGoing, @Nullable Verdict ending) {
        JobStatus status = copy(before);
        settle(status, tracked(seen.pods()));
        UncountedTerminatedPods uncounted = status.getUncountedTerminatedPods();
        JobSettings settings = seen.settings();
        List<Pod> counted = new ArrayList<>();
        boolean whole = true;
        for (Pod pod : byIndex(seen)) {
            boolean failed = JobPods.hasFailed(pod, settings);
            boolean deletedNow = ending != null && ending.success();
            if (!JobPods.isTracked(pod) || !isCountable(pod, seen, failed, jobIsGoing || ending != null, deletedNow)) {
                continue;
            }
            if (uncounted.getSucceeded().size() + uncounted.getFailed().size() >= MOST_UNCOUNTED) {
                whole = false;
                break;
            }
            counted.add(pod);
            if (JobPods.hasSucceeded(pod)) {
                if (!settings.indexed()) {
                    add(uncounted.getSucceeded(), pod);
                }
            } else if (failed || (ending != null && !ending.success())) {
                boolean belongs =
                        !settings.indexed() || JobPods.index(pod, settings).isPresent();
                if (belongs && FailurePolicy.of(pod, settings).isCounted()) {
                    add(uncounted.getFailed(), pod);
                }
            }
        }
        if (settings.indexed()) {
            status.setSucceeded(orNull(seen.succeededIndexes().size()));
            String completed = seen.succeededIndexes().toString();
            status.setCompletedIndexes(completed.isEmpty() ? null : completed);
            status.setFailedIndexes(
                    seen.failedIndexes() == null ? null : seen.failedIndexes().toString());
        }
        return new Note(status, counted, whole);
    }

    private static List<Pod> byIndex(Assessment seen) {
        return seen.pods().stream()
                .sorted(Comparator.comparingInt(
                        pod -> JobPods.index(pod, seen.settings()).orElse(Integer.MAX_VALUE)))
                .toList();
    }

    private static boolean isCountable(Pod pod, Assessment seen, boolean failed, boolean ending, boolean deletedNow) {
        if (JobPods.hasSucceeded(pod)) {
            return true;
        }
        if (ending) {
            // a pod that was told to go in this pass has changed since
            return !deletedNow || !PodStates.isActive(pod);
        }
        // a failed pod that knows how often its index has failed stays until its successor knows
        boolean needed = JobPods.index(pod, seen.settings()).stream()
                .mapToObj(index -> seen.lastFailures().get(index))
                .anyMatch(last -> last != null && JobPods.uid(last).equals(JobPods.uid(pod)));
        return failed && !needed;
    }

    private static void add(List<String> uids, Pod pod) {
        if (!uids.contains(JobPods.uid(pod))) {
            uids.add(JobPods.uid(pod));
        }
    }

    /** The last write: turns uids whose pods are no longer held into numbers. */
    static void settle(JobStatus status, Set<String> tracked) {
        UncountedTerminatedPods uncounted = status.getUncountedTerminatedPods();
        status.setSucceeded(count(status.getSucceeded(), uncounted.getSucceeded(), tracked));
        status.setFailed(count(status.getFailed(), uncounted.getFailed(), tracked));
    }

    private static @Nullable Integer count(@Nullable Integer before, List<String> uids, Set<String> tracked) {
        int count = requireNonNullElse(before, 0);
        for (Iterator<String> uid = uids.iterator(); uid.hasNext(); ) {
            if (!tracked.contains(uid.next())) {
                uid.remove();
                count++;
            }
        }
        return orNull(count);
    }

    /** The uids of the pods that are held. */
    static Set<String> tracked(List<Pod> pods) {
        Set<String> uids = new HashSet<>();
        pods.stream().filter(JobPods::isTracked).forEach(pod -> uids.add(JobPods.uid(pod)));
        return uids;
    }

    /** A copy that can be changed. */
    static JobStatus copy(JobStatus status) {
        JobStatus copy = new JobStatusBuilder(status).build();
        UncountedTerminatedPods uncounted = new UncountedTerminatedPods();
        uncounted.setSucceeded(new ArrayList<>(JobAssessor.uncounted(status).getSucceeded()));
        uncounted.setFailed(new ArrayList<>(JobAssessor.uncounted(status).getFailed()));
        copy.setUncountedTerminatedPods(uncounted);
        copy.setConditions(new ArrayList<>(requireNonNullElse(status.getConditions(), List.<JobCondition>of())));
        return copy;
    }

    /** Kubernetes leaves these numbers out when they are zero. */
    static @Nullable Integer orNull(int count) {
        return count == 0 ? null : count;
    }

    /**
     * Sets a condition; one that is false is not added.
     *
     * @return whether that changed anything
     */
    static boolean set(JobStatus status, String type, boolean holds, String reason, String message, Instant now) {
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        JobCondition wanted = new JobConditionBuilder()
                .withType(type)
                .withStatus(holds ? "True" : "False")
                .withReason(reason)
                .withMessage(message)
                .withLastProbeTime(time)
                .withLastTransitionTime(time)
                .build();
        List<JobCondition> conditions = status.getConditions();
        for (int i = 0; i < conditions.size(); i++) {
            JobCondition known = conditions.get(i);
            if (type.equals(known.getType())) {
                boolean same = wanted.getStatus().equals(known.getStatus())
                        && reason.equals(known.getReason())
                        && message.equals(known.getMessage());
                if (!same) {
                    conditions.set(i, wanted);
                }
                return !same;
            }
        }
        if (holds) {
            conditions.add(wanted);
        }
        return holds;
    }
}
