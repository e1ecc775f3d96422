package io.kybern.workload.core.cronjob;

import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.kybern.api.cron.CronSchedule;
import io.kybern.controller.model.PodStates;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When a CronJob was due last, and when it is due next. What was missed is made up for by one run at the most, the last one.
 *
 * <p>See "Job creation" and "Deadline for delayed Job start" of the Kubernetes page "CronJob".
 */
final class DueTimes {

    /** As many as Kubernetes takes without a word. */
    private static final int MOST_MISSED = 100;

    /** A timer that is a moment early would have to come again. */
    private static final Duration AFTERWARDS = Duration.ofMillis(100);

    private final CronSchedule schedule;
    private final ZoneId zone;
    private final Instant since;
    private final Instant now;

    DueTimes(CronJob cronJob, CronSchedule schedule, ZoneId zone, Instant now) {
        this.schedule = schedule;
        this.zone = zone;
        this.now = now;
        String last = cronJob.getStatus() == null ? null : cronJob.getStatus().getLastScheduleTime();
        this.since = PodStates.instant(last == null ? cronJob.getMetadata().getCreationTimestamp() : last);
    }

    /**
     * A run that is due.
     *
     * @param many whether suspiciously many were missed before it
     */
    record Due(Instant time, boolean many) {}

    /**
     * The last run that was due and has not been.
     *
     * @param deadline how late it may begin, null for any time
     */
    Optional<Due> due(@Nullable Duration deadline) {
        Instant earliest = deadline == null ? since : now.minus(deadline);
        Instant from = since.isBefore(earliest) ? earliest : since;
        return schedule.last(from, now, zone).map(time -> new Due(time, isMany(from)));
    }

    private boolean isMany(Instant from) {
        Optional<Instant> time = schedule.next(from, zone);
        for (int missed = 0; missed < MOST_MISSED; missed++) {
            if (time.isEmpty() || time.get().isAfter(now)) {
                return false;
            }
            time = schedule.next(time.get(), zone);
        }
        return time.isPresent() && !time.get().isAfter(now);
    }

    /** How long until the next run is due. */
    Optional<Duration> untilNext() {
        Instant from = schedule.last(since, now, zone).orElse(since);
        return schedule.next(from, zone).map(next -> Duration.between(now, next).plus(AFTERWARDS));
    }
}
