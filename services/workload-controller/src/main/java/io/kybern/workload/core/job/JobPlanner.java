package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodRanking;
import io.kybern.controller.model.PodStates;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Decides which pods of a Job are to be created or deleted. See the Kubernetes page "Jobs". */
final class JobPlanner {

    /** More at once would flood the API server; the rest follows in the next pass. */
    static final int BURST = 500;

    /** As Kubernetes has them: the delay before the first retry doubles with each failure. */
    static final Duration FIRST_DELAY = Duration.ofSeconds(10);

    static final Duration LONGEST_DELAY = Duration.ofMinutes(10);

    private final Assessment seen;
    private final JobSettings settings;
    private final Instant now;

    private JobPlanner(Assessment seen, Instant now) {
        this.seen = seen;
        this.settings = seen.settings();
        this.now = now;
    }

    /** What to do now. */
    static JobAction plan(Assessment seen, Instant now) {
        return new JobPlanner(seen, now).plan();
    }

    private JobAction plan() {
        Verdict verdict = seen.verdict();
        if (verdict != null) {
            return seen.active().isEmpty()
                    ? new JobAction.Nothing()
                    : new JobAction.Delete(seen.active(), verdict.success());
        }
        if (settings.suspended()) {
            return delete(removable(seen.active().size()));
        }
        int active = seen.active().size();
        int wanted = wanted(active);
        List<Pod> surplus = removable(Math.max(0, active - wanted));
        if (!surplus.isEmpty()) {
            return delete(surplus);
        }
        int missing = wanted - active - (settings.onlyReplaceFailed() ? seen.terminating() : 0);
        return missing <= 0 ? new JobAction.Nothing() : create(Math.min(missing, BURST));
    }

    private int wanted(int active) {
        Integer completions = settings.completions();
        if (completions == null) {
            // after the first success the others only finish
            return seen.succeeded() > 0 ? active : settings.parallelism();
        }
        return Math.max(0, Math.min(completions - seen.succeeded(), settings.parallelism()));
    }

    private static JobAction delete(List<Pod> pods) {
        return pods.isEmpty()
                ? new JobAction.Nothing()
                : new JobAction.Delete(pods.subList(0, Math.min(pods.size(), BURST)), true);
    }

    /** At least so many pods: first those whose index another pod has, or the Job no longer has. */
    private List<Pod> removable(int atLeast) {
        List<Pod> ranked = new PodRanking(seen.active(), now).ranked(seen.active());
        List<Pod> removed = new ArrayList<>();
        List<Pod> left = new ArrayList<>(ranked);
        if (settings.indexed()) {
            Set<Integer> kept = new HashSet<>();
            left.clear();
            // the last in the ranking is missed most
            for (Pod pod : ranked.reversed()) {
                OptionalInt index = JobPods.index(pod, settings);
                boolean only = index.isPresent() && kept.add(index.getAsInt());
                (only ? left : removed).addFirst(pod);
            }
        }
        int more = Math.min(atLeast - removed.size(), left.size());
        if (more > 0) {
            removed.addAll(left.subList(0, more));
        }
        return removed;
    }

    private JobAction create(int count) {
        if (settings.backoffLimitPerIndex() == null) {
            Duration delay = delay();
            if (delay.isPositive()) {
                return new JobAction.Wait(delay);
            }
        }
        if (!settings.indexed()) {
            return new JobAction.Create(count);
        }
        List<Integer> pending = pending(count);
        if (settings.backoffLimitPerIndex() == null) {
            return indexes(pending);
        }
        List<Integer> due = new ArrayList<>();
        Duration soonest = LONGEST_DELAY;
        for (int index : pending) {
            Duration delay = delay(index);
            if (delay.isPositive()) {
                soonest = delay.compareTo(soonest) < 0 ? delay : soonest;
            } else {
                due.add(index);
            }
        }
        return due.isEmpty() && !pending.isEmpty() ? new JobAction.Wait(soonest) : indexes(due);
    }

    private static JobAction indexes(List<Integer> indexes) {
        return indexes.isEmpty() ? new JobAction.Nothing() : new JobAction.CreateIndexes(indexes);
    }

    private List<Integer> pending(int count) {
        Set<Integer> taken = new HashSet<>();
        for (Pod pod : seen.pods()) {
            if (PodStates.isActive(pod) || (settings.onlyReplaceFailed() && PodStates.isTerminating(pod))) {
                JobPods.index(pod, settings).ifPresent(taken::add);
            }
        }
        IndexSet absent = seen.succeededIndexes().union(IndexSet.of(taken));
        if (seen.failedIndexes() != null) {
            absent = absent.union(seen.failedIndexes());
        }
        return absent.lowestAbsent(settings.indexes()).limit(count).boxed().toList();
    }

    /** How long the next pod of the Job has to wait, because of the failures since the last success. */
    private Duration delay() {
        Instant lastSuccess = seen.pods().stream()
                .filter(JobPods::hasSucceeded)
                .map(JobPods::finishTime)
                .max(Instant::compareTo)
                .orElse(Instant.MIN);
        int failures = 0;
        Instant lastFailure = Instant.MIN;
        for (Pod pod : seen.pods()) {
            // a pod that was taken away for other reasons is no failure
            boolean counts = JobPods.isTracked(pod) || !Owners.isTerminating(pod);
            Instant finished = JobPods.finishTime(pod);
            if (counts && JobPods.hasFailed(pod, settings) && finished.isAfter(lastSuccess)) {
                failures++;
                lastFailure = finished.isAfter(lastFailure) ? finished : lastFailure;
            }
        }
        return remaining(failures, lastFailure);
    }

    private Duration delay(int index) {
        Pod last = seen.lastFailures().get(index);
        return last == null
                ? Duration.ZERO
                : remaining(JobPods.failures(last) + JobPods.ignoredFailures(last) + 1, JobPods.finishTime(last));
    }

    private Duration remaining(int failures, Instant lastFailure) {
        if (failures == 0) {
            return Duration.ZERO;
        }
        Duration whole = FIRST_DELAY.multipliedBy(1L << Math.min(failures - 1, 16));
        whole = whole.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : whole;
        return whole.minus(Duration.between(lastFailure, now));
    }
}
