package io.kybern.workload.core.job;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy;
import io.fabric8.kubernetes.api.model.batch.v1.SuccessPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Job asks for, with the defaults of the API.
 *
 * @param completions how many pods must succeed; null if one success is enough and the pods share the work among them
 * @param backoffLimitPerIndex how often the pod of one index may be retried; null if only the whole counts
 * @param onlyReplaceFailed whether a pod that is being deleted is replaced only when it has ended
 */
record JobSettings(
        int parallelism,
        @Nullable Integer completions,
        boolean indexed,
        int backoffLimit,
        @Nullable Integer backoffLimitPerIndex,
        @Nullable Integer maxFailedIndexes,
        boolean suspended,
        @Nullable Duration activeDeadline,
        boolean onlyReplaceFailed,
        boolean restartsInPlace,
        @Nullable PodFailurePolicy failurePolicy,
        @Nullable SuccessPolicy successPolicy) {

    /** The value of {@code spec.managedBy} that means this controller, as does none. */
    static final String MANAGER = "kubernetes.io/job-controller";

    static JobSettings of(Job job) {
        JobSpec spec = job.getSpec();
        return new JobSettings(
                requireNonNullElse(spec.getParallelism(), 1),
                spec.getCompletions(),
                "Indexed".equals(spec.getCompletionMode()),
                requireNonNullElse(spec.getBackoffLimit(), 6),
                spec.getBackoffLimitPerIndex(),
                spec.getMaxFailedIndexes(),
                Boolean.TRUE.equals(spec.getSuspend()),
                spec.getActiveDeadlineSeconds() == null ? null : Duration.ofSeconds(spec.getActiveDeadlineSeconds()),
                "Failed".equals(spec.getPodReplacementPolicy()),
                "OnFailure".equals(spec.getTemplate().getSpec().getRestartPolicy()),
                spec.getPodFailurePolicy(),
                spec.getSuccessPolicy());
    }

    /** How many indexes there are; 0 if the Job has none. */
    int indexes() {
        return indexed && completions != null ? completions : 0;
    }

    /** Whether somebody else looks after the Job. */
    static boolean isManagedByOthers(Job job) {
        String manager = job.getSpec().getManagedBy();
        return manager != null && !manager.equals(MANAGER);
    }

    /** The condition that ended the Job, if it has ended. */
    static Optional<JobCondition> end(Job job) {
        Optional<JobCondition> complete = condition(job, "Complete");
        return complete.isPresent() ? complete : condition(job, "Failed");
    }

    /** The condition of that type, if it is true. */
    static Optional<JobCondition> condition(Job job, String type) {
        return conditions(job).stream()
                .filter(condition -> type.equals(condition.getType()) && "True".equals(condition.getStatus()))
                .findFirst();
    }

    private static List<JobCondition> conditions(Job job) {
        return job.getStatus() == null || job.getStatus().getConditions() == null
                ? List.of()
                : job.getStatus().getConditions();
    }
}
