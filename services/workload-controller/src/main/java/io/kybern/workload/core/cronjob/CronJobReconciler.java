package io.kybern.workload.core.cronjob;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.kybern.api.ObjectKey;
import io.kybern.api.cron.CronSchedule;
import io.kybern.api.cron.CronSyntaxException;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import io.kybern.workload.core.cronjob.DueTimes.Due;
import io.kybern.workload.core.job.JobEnd;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the Jobs of CronJobs when they are due, keeps the list of those that run, and clears up those that have ended. */
public final class CronJobReconciler implements Reconciler {

    private static final Logger log = LoggerFactory.getLogger(CronJobReconciler.class);

    private final Access access;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;

    /** Where the objects are. */
    public record Access(
            Informer<CronJob> cronJobs, Informer<Job> jobs, ObjectApi<CronJob> cronJobApi, ObjectApi<Job> jobApi) {}

    /** @param fence where own writes are noted */
    public CronJobReconciler(Access access, WriteFence fence, EventRecorder recorder, Clock clock) {
        this.access = access;
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<CronJob> found = access.cronJobs().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        CronJob cronJob = found.get();
        Collection<Job> jobs = access.jobs()
                .byIndex(Informers.BY_CONTROLLER, cronJob.getMetadata().getUid());
        CronJobStatus status =
                new CronJobStatusBuilder(requireNonNullElse(cronJob.getStatus(), new CronJobStatus())).build();
        status.setActive(new ArrayList<>(status.getActive()));
        lookAfter(cronJob, jobs, status);
        Optional<Duration> next;
        try {
            next = schedule(cronJob, status);
        } finally {
            report(cronJob, status);
        }
        clearUp(cronJob, jobs);
        return next.map(after -> Outcome.again(after, "the next run is due")).orElse(Outcome.done());
    }

    /** Brings the list of Jobs that run up to date. */
    private void lookAfter(CronJob cronJob, Collection<Job> jobs, CronJobStatus status) {
        for (Job job : jobs) {
            String name = job.getMetadata().getName();
            boolean listed = status.getActive().stream().anyMatch(active -> refersTo(active, job));
            Optional<JobCondition> end = JobEnd.of(job);
            if (!listed && end.isEmpty()) {
                recorder.warning(
                        cronJob, "UnexpectedJob", "Saw a job that the controller did not create or forgot: " + name);
            } else if (listed && end.isPresent()) {
                status.getActive().removeIf(active -> refersTo(active, job));
                recorder.normal(
                        cronJob,
                        "SawCompletedJob",
                        "Saw completed job: " + name + ", condition: "
                                + end.get().getType());
            }
            String completed = job.getStatus() == null ? null : job.getStatus().getCompletionTime();
            boolean later = completed != null
                    && PodStates.instant(completed).isAfter(PodStates.instant(status.getLastSuccessfulTime()));
            if (end.isPresent() && end.get().getType().equals("Complete") && later) {
                status.setLastSuccessfulTime(completed);
            }
        }
        for (ObjectReference active : List.copyOf(status.getActive())) {
            boolean known = jobs.stream().anyMatch(job -> refersTo(active, job));
            // the cache may not show yet what the server has
            if (!known && access.jobApi().get(key(cronJob, active)).isEmpty()) {
                recorder.normal(cronJob, "MissingJob", "Active job went missing: " + active.getName());
                status.getActive().remove(active);
            }
        }
    }

    private static boolean refersTo(ObjectReference active, Job job) {
        return job.getMetadata().getUid().equals(active.getUid());
    }

    private static ObjectKey key(CronJob cronJob, ObjectReference active) {
        return new ObjectKey(cronJob.getMetadata().getNamespace(), active.getName());
    }

    /** Runs what is due; answers when to look again. */
    private Optional<Duration> schedule(CronJob cronJob, CronJobStatus status) {
        if (Owners.isTerminating(cronJob)
                || Boolean.TRUE.equals(cronJob.getSpec().getSuspend())) {
            return Optional.empty();
        }
        String text = cronJob.getSpec().getSchedule();
        try {
            ZoneId zone = zone(cronJob);
            DueTimes times = new DueTimes(cronJob, CronSchedule.parse(text), zone, clock.instant());
            Long deadline = cronJob.getSpec().getStartingDeadlineSeconds();
            Optional<Due> due = times.due(deadline == null ? null : Duration.ofSeconds(deadline));
            if (due.isPresent()) {
                run(cronJob, status, due.get(), zone);
            }
            return times.untilNext();
        } catch (CronSyntaxException unreadable) {
            recorder.warning(
                    cronJob,
                    "UnparseableSchedule",
                    "unparseable schedule: \"" + text + "\" : " + unreadable.getMessage());
        } catch (DateTimeException unknown) {
            String zone = cronJob.getSpec().getTimeZone();
            recorder.warning(
                    cronJob, "UnknownTimeZone", "invalid timeZone: \"" + zone + "\": unknown time zone " + zone);
        }
        return Optional.empty();
    }

    private static ZoneId zone(CronJob cronJob) {
        String zone = cronJob.getSpec().getTimeZone();
        return zone == null ? ZoneOffset.UTC : ZoneId.of(zone);
    }

    private void run(CronJob cronJob, CronJobStatus status, Due due, ZoneId zone) {
        if (due.many()) {
            recorder.warning(
                    cronJob,
                    "TooManyMissedTimes",
                    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
        }
        String name = CronJobFactory.name(cronJob, due.time());
        boolean listed =
                status.getActive().stream().anyMatch(active -> active.getName().equals(name));
        if (listed || due.time().toString().equals(status.getLastScheduleTime())) {
            return;
        }
        String policy = requireNonNullElse(cronJob.getSpec().getConcurrencyPolicy(), "Allow");
        if (policy.equals("Forbid") && !status.getActive().isEmpty()) {
            recorder.normal(
                    cronJob,
                    "JobAlreadyActive",
                    "Not starting job because prior execution is running and concurrency policy is Forbid");
            return;
        }
        if (policy.equals("Replace")) {
            for (ObjectReference active : List.copyOf(status.getActive())) {
                delete(cronJob, key(cronJob, active));
                status.getActive().remove(active);
            }
        }
        create(cronJob, CronJobFactory.job(cronJob, due.time(), zone)).ifPresent(job -> {
            status.getActive().add(CronJobFactory.reference(job));
            status.setLastScheduleTime(DateTimeFormatter.ISO_INSTANT.format(due.time()));
        });
    }

    private Optional<Job> create(CronJob cronJob, Job job) {
        try {
            var written = access.jobApi().create(job);
            fence.wrote(ObjectKeys.of(cronJob), access.jobs(), written.revision());
            log.atInfo().addKeyValue("job", job.getMetadata().getName()).log("Created a Job");
            recorder.normal(
                    cronJob,
                    "SuccessfulCreate",
                    "Created job " + job.getMetadata().getName());
            return Optional.of(written.object());
        } catch (ApiFailure failure) {
            if (failure.isNamespaceTerminating()) {
                return Optional.empty();
            }
            if (failure.isAlreadyExists()) {
                // an earlier pass created it and could not say so; what belongs to others is left alone
                return access.jobApi()
                        .get(ObjectKeys.of(job))
                        .filter(known -> Owners.isControlledBy(
                                known, cronJob.getMetadata().getUid()));
            }
            recorder.warning(cronJob, "FailedCreate", "Error creating job: " + failure.getMessage());
            throw failure;
        }
    }

    private void delete(CronJob cronJob, ObjectKey job) {
        try {
            long revision = access.jobApi().delete(job, DeleteRequest.any().propagating("Background"));
            fence.wrote(ObjectKeys.of(cronJob), access.jobs(), revision);
            recorder.normal(cronJob, "SuccessfulDelete", "Deleted job " + job.name());
        } catch (ApiFailure failure) {
            if (failure.isNotFound()) {
                return;
            }
            recorder.warning(cronJob, "FailedDelete", "Deleted job: " + failure.getMessage());
            throw failure;
        }
    }

    /** Deletes the oldest of the Jobs that have ended. */
    private void clearUp(CronJob cronJob, Collection<Job> jobs) {
        keep(cronJob, jobs, "Complete", cronJob.getSpec().getSuccessfulJobsHistoryLimit());
        keep(cronJob, jobs, "Failed", cronJob.getSpec().getFailedJobsHistoryLimit());
    }

    private void keep(CronJob cronJob, Collection<Job> jobs, String end, @Nullable Integer limit) {
        if (limit == null) {
            return;
        }
        List<Job> ended = jobs.stream()
                .filter(job -> !Owners.isTerminating(job))
                .filter(job -> JobEnd.of(job)
                        .filter(condition -> condition.getType().equals(end))
                        .isPresent())
                .sorted(Comparator.comparing((Job job) -> started(job))
                        .thenComparing(job -> job.getMetadata().getName()))
                .toList();
        ended.subList(0, Math.max(0, ended.size() - limit)).forEach(job -> delete(cronJob, ObjectKeys.of(job)));
    }

    private static Instant started(Job job) {
        String start = job.getStatus() == null ? null : job.getStatus().getStartTime();
        return PodStates.instant(start == null ? job.getMetadata().getCreationTimestamp() : start);
    }

    private void report(CronJob cronJob, CronJobStatus status) {
        if (status.equals(requireNonNullElse(cronJob.getStatus(), new CronJobStatus()))) {
            return;
        }
        var written = access.cronJobApi()
                .updateStatus(new CronJobBuilder(cronJob).withStatus(status).build());
        fence.wrote(ObjectKeys.of(cronJob), access.cronJobs(), written.revision());
    }
}
