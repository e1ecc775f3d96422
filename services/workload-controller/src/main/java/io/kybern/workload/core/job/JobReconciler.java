package io.kybern.workload.core.job;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import io.kybern.workload.core.PodClaimer;
import io.kybern.workload.core.PodWrites;
import io.kybern.workload.core.job.JobPodRequests.Acted;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** Runs the pods of Jobs, counts how they end, and ends the Jobs. */
public final class JobReconciler implements Reconciler {

    /** Soon, since what it waits for comes with the next bookmark at the latest. */
    private static final Duration UNTIL_CACHES_AGREE = Duration.ofMillis(300);

    private final Access access;
    private final PodClaimer<Job> claimer;
    private final JobPodRequests requests;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;

    /**
     * Where the objects are.
     *
     * @param pods the cache of the pods, with the indexes {@link PodClaimer#ORPHANS} and {@link JobOwners#HELD}
     */
    public record Access(Informer<Job> jobs, Informer<Pod> pods, ObjectApi<Job> jobApi, ObjectApi<Pod> podApi) {}

    /**
     * @param fence where own writes are noted
     * @param executor runs requests side by side
     */
    public JobReconciler(
            Access access, WriteFence fence, EventRecorder recorder, Clock clock, ExecutorService executor) {
        this.access = access;
        this.claimer = new PodClaimer<>(access.pods(), access.podApi(), access.jobApi(), fence, JobPods.FINALIZER);
        this.requests = new JobPodRequests(
                access, fence, new PodWrites(access.pods(), access.podApi(), fence, recorder), executor);
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) throws InterruptedException {
        Optional<Job> found = access.jobs().get(key);
        Collection<Pod> held = access.pods().byIndex(JobOwners.HELD, key.toString());
        requests.releaseStrays(key, held, found.orElse(null));
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        Job job = found.get();
        if (JobSettings.isManagedByOthers(job) || JobSettings.end(job).isPresent()) {
            return Outcome.done();
        }
        List<Pod> pods = claimer.claim(job, Selectors.of(job.getSpec().getSelector()), pod -> true);
        if (access.pods().revision() < ObjectKeys.revision(job)) {
            // the Job may have counted pods already that the cache shows as they were before
            if (!isSettled(job)) {
                return Outcome.again(UNTIL_CACHES_AGREE, "the cache of the pods is older than the Job");
            }
            pods = requests.newest(pods, JobSettings.of(job));
        }
        return reconcile(job, pods);
    }

    private static boolean isSettled(Job job) {
        var uncounted = JobAssessor.uncounted(requireNonNullElse(job.getStatus(), new JobStatus()));
        return uncounted.getSucceeded().isEmpty() && uncounted.getFailed().isEmpty();
    }

    private Outcome reconcile(Job job, List<Pod> pods) throws InterruptedException {
        Instant now = clock.instant();
        Assessment seen = JobAssessor.assess(job, pods, now);
        boolean going = Owners.isTerminating(job);
        JobAction action = going && seen.verdict() == null ? new JobAction.Nothing() : JobPlanner.plan(seen, now);
        Acted acted = requests.act(job, seen, action);
        int active = seen.active().size() + acted.created() - acted.deleted();
        int terminating = seen.terminating() + acted.deleted();
        Verdict ending = ending(seen, active, acted.failure() == null);
        JobLedger.Note note = JobLedger.note(status(job), seen, going, ending);
        JobStatus noted = note.status();
        noted.setActive(JobLedger.orNull(active));
        noted.setReady(Math.min(seen.ready(), active));
        noted.setTerminating(terminating);
        start(job, seen, noted, ending == null && !going, now);
        if (ending != null) {
            JobLedger.set(noted, ending.interimType(), true, ending.reason(), ending.message(), now);
        }
        Job written = write(job, noted);
        Set<String> tracked = JobLedger.tracked(seen.pods());
        RuntimeException failure = merge(acted.failure(), requests.release(written, note.counted(), tracked));
        JobStatus settled = JobLedger.copy(noted);
        JobLedger.settle(settled, tracked);
        boolean ends = note.whole() && terminating == 0 && isSettled(settled);
        Verdict finished = ends ? ending : null;
        if (finished != null) {
            finish(settled, finished, now);
        }
        written = write(written, settled);
        if (finished != null) {
            tell(written, finished);
        }
        if (failure != null) {
            throw failure;
        }
        return next(seen, action, finished != null, note.whole());
    }

    private static JobStatus status(Job job) {
        return requireNonNullElse(job.getStatus(), new JobStatus());
    }

    private static boolean isSettled(JobStatus status) {
        return status.getUncountedTerminatedPods().getSucceeded().isEmpty()
                && status.getUncountedTerminatedPods().getFailed().isEmpty();
    }

    /** How the Job ends, if nothing of it runs any longer. */
    private static @Nullable Verdict ending(Assessment seen, int active, boolean undisturbed) {
        if (active > 0) {
            return null;
        }
        if (seen.verdict() != null) {
            return undisturbed ? seen.verdict() : null;
        }
        Integer completions = seen.settings().completions();
        boolean complete = completions == null ? seen.succeeded() > 0 : seen.succeeded() >= completions;
        return complete ? Verdict.succeeded("CompletionsReached", "Reached expected number of succeeded pods") : null;
    }

    /** Sets when the Job began, and whether it is suspended. */
    private void start(Job job, Assessment seen, JobStatus status, boolean goesOn, Instant now) {
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        boolean suspended = seen.settings().suspended();
        if (status.getStartTime() == null && !suspended) {
            status.setStartTime(time);
        }
        if (!goesOn) {
            return;
        }
        if (suspended) {
            if (JobLedger.set(status, "Suspended", true, "JobSuspended", "Job suspended", now)) {
                recorder.normal(job, "Suspended", "Job suspended");
            }
        } else if (JobLedger.set(status, "Suspended", false, "JobResumed", "Job resumed", now)) {
            recorder.normal(job, "Resumed", "Job resumed");
            status.setStartTime(time);
        }
    }

    private static void finish(JobStatus status, Verdict verdict, Instant now) {
        JobLedger.set(status, verdict.finalType(), true, verdict.reason(), verdict.message(), now);
        if (verdict.success()) {
            status.setCompletionTime(now.truncatedTo(ChronoUnit.SECONDS).toString());
        }
    }

    private void tell(Job job, Verdict verdict) {
        if (!verdict.success()) {
            recorder.warning(job, verdict.reason(), verdict.message());
            return;
        }
        Integer completions = job.getSpec().getCompletions();
        if (completions != null && requireNonNullElse(job.getStatus().getSucceeded(), 0) > completions) {
            recorder.warning(
                    job, "TooManySucceededPods", "Too many succeeded pods running after completion count reached");
        }
        recorder.normal(job, "Completed", "Job completed");
    }

    /** Writes the status if it is another one. */
    private Job write(Job job, JobStatus status) {
        if (status.equals(job.getStatus())) {
            return job;
        }
        var written = access.jobApi()
                .updateStatus(
                        new JobBuilder(job).withStatus(JobLedger.copy(status)).build());
        fence.wrote(ObjectKeys.of(job), access.jobs(), written.revision());
        return written.object();
    }

    private static @Nullable RuntimeException merge(@Nullable RuntimeException one, @Nullable RuntimeException other) {
        if (one != null && other != null) {
            one.addSuppressed(other);
        }
        return one == null ? other : one;
    }

    private static Outcome next(Assessment seen, JobAction action, boolean ends, boolean whole) {
        if (!whole) {
            return Outcome.again(Duration.ZERO, "more pods are to be counted");
        }
        if (ends) {
            return Outcome.done();
        }
        List<Duration> times = new ArrayList<>();
        if (action instanceof JobAction.Wait wait) {
            times.add(wait.time());
        }
        if (seen.untilDeadline() != null && seen.verdict() == null) {
            times.add(seen.untilDeadline());
        }
        return times.stream()
                .min(Duration::compareTo)
                .map(time -> Outcome.again(time, "a new pod or the deadline is due"))
                .orElse(Outcome.done());
    }
}
