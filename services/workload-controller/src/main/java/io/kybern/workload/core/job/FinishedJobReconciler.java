package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Deletes Jobs some time after they have ended. See "TTL mechanism for finished Jobs" of the Kubernetes page "Jobs". */
public final class FinishedJobReconciler implements Reconciler {

    private final Informer<Job> jobs;
    private final ObjectApi<Job> api;
    private final Clock clock;

    public FinishedJobReconciler(Informer<Job> jobs, ObjectApi<Job> api, Clock clock) {
        this.jobs = jobs;
        this.api = api;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Duration> left = jobs.get(key).flatMap(this::left);
        if (left.isEmpty()) {
            return Outcome.done();
        }
        if (left.get().isPositive()) {
            return Outcome.again(left.get(), "the finished Job is to be deleted");
        }
        // what was asked for may have changed at the last moment
        Optional<Job> fresh = api.get(key);
        Optional<Duration> stillLeft = fresh.flatMap(this::left);
        if (fresh.isEmpty() || stillLeft.isEmpty()) {
            return Outcome.done();
        }
        if (stillLeft.get().isPositive()) {
            return Outcome.again(stillLeft.get(), "the finished Job is to be deleted");
        }
        try {
            api.delete(
                    key,
                    DeleteRequest.ofUid(fresh.get().getMetadata().getUid())
                            .atVersion(fresh.get().getMetadata().getResourceVersion())
                            .propagating("Foreground"));
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
        return Outcome.done();
    }

    /** How long the Job stays; empty if it is not to be deleted. */
    private Optional<Duration> left(Job job) {
        Integer seconds = job.getSpec().getTtlSecondsAfterFinished();
        if (seconds == null || Owners.isTerminating(job)) {
            return Optional.empty();
        }
        return JobSettings.end(job)
                .map(JobCondition::getLastTransitionTime)
                .map(time ->
                        Duration.between(clock.instant(), Instant.parse(time).plusSeconds(seconds)));
    }
}
