package io.kybern.workload.core.job;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.api.model.batch.v1.SuccessPolicyRule;
import io.fabric8.kubernetes.api.model.batch.v1.UncountedTerminatedPods;
import io.kybern.controller.model.PodStates;
import io.kybern.workload.core.job.FailurePolicy.Consequence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts the pods of a Job and says whether the Job is to end.
 *
 * <p>Follows the Kubernetes page "Jobs" and KEP-2307 (tracking by finalizers), KEP-3329 (failure policy), KEP-3850 (limit per index), KEP-3998
 * (success policy) and KEP-3939 (replacement policy).
 */
final class JobAssessor {

    private final Job job;
    private final JobStatus status;
    private final JobSettings settings;
    private final List<Pod> pods;
    private final Instant now;

    private JobAssessor(Job job, Collection<Pod> pods, Instant now) {
        this.job = job;
        this.status = requireNonNullElse(job.getStatus(), new JobStatus());
        this.settings = JobSettings.of(job);
        this.pods = List.copyOf(pods);
        this.now = now;
    }

    static Assessment assess(Job job, Collection<Pod> pods, Instant now) {
        return new JobAssessor(job, pods, now).assess();
    }

    private Assessment assess() {
        List<Pod> active = pods.stream().filter(PodStates::isActive).toList();
        Set<String> noted = noted(status);
        List<Pod> fresh = pods.stream()
                .filter(pod -> JobPods.isTracked(pod) && !noted.contains(JobPods.uid(pod)))
                .toList();
        int failed = number(status.getFailed())
                + uncounted(status).getFailed().size()
                + (int) fresh.stream().filter(this::countsAsFailed).count();
        int succeeded = number(status.getSucceeded())
                + uncounted(status).getSucceeded().size()
                + (int) fresh.stream().filter(JobPods::hasSucceeded).count();
        IndexSet before = IndexSet.parse(status.getCompletedIndexes(), settings.indexes());
        IndexSet done = before;
        IndexSet lost = null;
        Map<Integer, Pod> lastFailures = Map.of();
        if (settings.indexed()) {
            done = before.union(succeededIndexes());
            succeeded = done.size();
            if (settings.backoffLimitPerIndex() != null) {
                lost = IndexSet.parse(status.getFailedIndexes(), settings.indexes())
                        .union(failedIndexes());
                lastFailures = lastFailures(active, done, lost);
            }
        }
        return new Assessment(
                settings,
                pods,
                active,
                (int) active.stream().filter(PodStates::isReady).count(),
                (int) pods.stream().filter(PodStates::isTerminating).count(),
                succeeded,
                failed,
                before,
                done,
                lost,
                lastFailures,
                verdict(failed, done, lost),
                untilDeadline().orElse(null));
    }

    private static int number(@Nullable Integer value) {
        return requireNonNullElse(value, 0);
    }

    /** The pods that the status names as not counted yet. */
    static UncountedTerminatedPods uncounted(JobStatus status) {
        return requireNonNullElse(status.getUncountedTerminatedPods(), new UncountedTerminatedPods());
    }

    private static Set<String> noted(JobStatus status) {
        Set<String> uids = new HashSet<>(uncounted(status).getSucceeded());
        uids.addAll(uncounted(status).getFailed());
        return uids;
    }

    private boolean countsAsFailed(Pod pod) {
        return JobPods.hasFailed(pod, settings)
                && FailurePolicy.of(pod, settings).isCounted();
    }

    private IndexSet succeededIndexes() {
        return IndexSet.of(pods.stream()
                .filter(pod -> JobPods.isTracked(pod) && JobPods.hasSucceeded(pod))
                .flatMap(pod -> JobPods.index(pod, settings).stream().boxed())
                .collect(Collectors.toSet()));
    }

    private IndexSet failedIndexes() {
        return IndexSet.of(pods.stream()
                .filter(pod -> JobPods.isTracked(pod) && endsIndex(pod))
                .flatMap(pod -> JobPods.index(pod, settings).stream().boxed())
                .collect(Collectors.toSet()));
    }

    private boolean endsIndex(Pod pod) {
        if (!JobPods.hasFailed(pod, settings)) {
            return false;
        }
        return switch (FailurePolicy.of(pod, settings)) {
            case Consequence.EndsIndex ends -> true;
            case Consequence.Ignored ignored -> false;
            case Consequence.Counts counts -> reachesLimit(pod);
            case Consequence.EndsJob ends -> reachesLimit(pod);
        };
    }

    private boolean reachesLimit(Pod pod) {
        Integer limit = settings.backoffLimitPerIndex();
        return limit != null && JobPods.failures(pod) >= limit;
    }

    private Map<Integer, Pod> lastFailures(List<Pod> active, IndexSet done, IndexSet lost) {
        Set<Integer> running = active.stream()
                .flatMap(pod -> JobPods.index(pod, settings).stream().boxed())
                .collect(Collectors.toSet());
        Map<Integer, Pod> last = new HashMap<>();
        for (Pod pod : pods) {
            OptionalInt index = JobPods.index(pod, settings);
            if (index.isEmpty() || !JobPods.isTracked(pod) || !JobPods.hasFailed(pod, settings)) {
                continue;
            }
            int number = index.getAsInt();
            if (!done.contains(number) && !lost.contains(number) && !running.contains(number)) {
                last.merge(number, pod, JobAssessor::later);
            }
        }
        return last;
    }

    private static Pod later(Pod one, Pod other) {
        int failures = JobPods.failures(one) + JobPods.ignoredFailures(one);
        int otherFailures = JobPods.failures(other) + JobPods.ignoredFailures(other);
        boolean otherIsLater = failures == otherFailures
                ? !JobPods.finishTime(other).isBefore(JobPods.finishTime(one))
                : otherFailures > failures;
        return otherIsLater ? other : one;
    }

    private @Nullable Verdict verdict(int failed, IndexSet done, @Nullable IndexSet lost) {
        Optional<JobCondition> met = JobSettings.condition(job, Verdict.SUCCESS_CRITERIA_MET);
        if (met.isPresent()) {
            return Verdict.announced(true, met.get());
        }
        Optional<JobCondition> target = JobSettings.condition(job, Verdict.FAILURE_TARGET);
        if (target.isPresent()) {
            return Verdict.announced(false, target.get());
        }
        for (Pod pod : pods) {
            if (JobPods.hasFailed(pod, settings)
                    && FailurePolicy.of(pod, settings) instanceof Consequence.EndsJob ends) {
                return Verdict.failed("PodFailurePolicy", ends.message());
            }
        }
        if (failed > settings.backoffLimit() || restartsExceedLimit()) {
            return Verdict.failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        if (untilDeadline().filter(Duration.ZERO::equals).isPresent()) {
            return Verdict.failed("DeadlineExceeded", "Job was active longer than specified deadline");
        }
        return settings.indexed() ? verdictOnIndexes(done, lost) : null;
    }

    private @Nullable Verdict verdictOnIndexes(IndexSet done, @Nullable IndexSet lost) {
        if (lost != null) {
            if (settings.maxFailedIndexes() != null && lost.size() > settings.maxFailedIndexes()) {
                return Verdict.failed(
                        "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
            }
            if (lost.size() > 0 && lost.size() + done.size() >= settings.indexes()) {
                return Verdict.failed("FailedIndexes", "Job has failed indexes");
            }
        }
        if (settings.successPolicy() == null || done.size() == 0) {
            return null;
        }
        List<SuccessPolicyRule> rules = new ArrayList<>(settings.successPolicy().getRules());
        for (int number = 0; number < rules.size(); number++) {
            if (isMet(rules.get(number), done)) {
                return Verdict.succeeded("SuccessPolicy", "Matched rules at index " + number);
            }
        }
        return null;
    }

    private boolean isMet(SuccessPolicyRule rule, IndexSet done) {
        if (rule.getSucceededIndexes() != null) {
            IndexSet required = IndexSet.parse(rule.getSucceededIndexes(), settings.indexes());
            int wanted = requireNonNullElse(rule.getSucceededCount(), required.size());
            return done.common(required) >= wanted;
        }
        return rule.getSucceededCount() != null && done.size() >= rule.getSucceededCount();
    }

    /** Containers that are started again in their pod have a limit too, though their pod has not failed. */
    private boolean restartsExceedLimit() {
        if (!settings.restartsInPlace()) {
            return false;
        }
        int restarts = pods.stream()
                .filter(pod -> List.of("Running", "Pending").contains(PodStates.phase(pod)))
                .mapToInt(JobPods::restarts)
                .sum();
        return settings.backoffLimit() == 0 ? restarts > 0 : restarts >= settings.backoffLimit();
    }

    /** How long until the deadline, zero when it has passed; empty if there is none now. */
    private Optional<Duration> untilDeadline() {
        if (settings.activeDeadline() == null || settings.suspended() || status.getStartTime() == null) {
            return Optional.empty();
        }
        Duration left = settings.activeDeadline().minus(Duration.between(Instant.parse(status.getStartTime()), now));
        return Optional.of(left.isNegative() ? Duration.ZERO : left);
    }
}
