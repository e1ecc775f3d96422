package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.util.Optional;

/** How a Job has ended. */
public final class JobEnd {

    private JobEnd() {}

    /** The condition {@code Complete} or {@code Failed} that ended the Job, if it has ended. */
    public static Optional<JobCondition> of(Job job) {
        return JobSettings.end(job);
    }
}
