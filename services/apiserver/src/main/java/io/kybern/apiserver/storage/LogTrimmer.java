package io.kybern.apiserver.storage;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets old entries of the log: those that are older than the retention and relayed, and in any case those beyond a number.
 *
 * <p>The log has no times. So this remembers which revision was the newest one at which moment, and begins to trim when its own
 * memory is older than the retention. Every API server may do it; none does harm.
 */
final class LogTrimmer {

    private static final Logger LOG = LoggerFactory.getLogger(LogTrimmer.class);

    /** Often enough that the log is at most a twentieth longer than it must be. */
    private static final Duration INTERVAL = Duration.ofSeconds(30);

    private final EventLog log;
    private final RelayPosition relayed;
    private final Duration retention;
    private final long maxEntries;
    private final Clock clock;
    private final Deque<Mark> marks = new ArrayDeque<>();

    LogTrimmer(EventLog log, RelayPosition relayed, StorageProperties properties, Clock clock) {
        this.log = log;
        this.relayed = relayed;
        this.retention = properties.logRetention();
        this.maxEntries = properties.logMaxEntries();
        this.clock = clock;
    }

    /** Trims now and then from now on. */
    void start(ScheduledExecutorService scheduler) {
        scheduler.scheduleWithFixedDelay(
                () -> trim().exceptionally(failure -> {
                    LOG.atWarn()
                            .addKeyValue("cause", StorageException.of(failure).getMessage())
                            .log("the log could not be trimmed; trying again later");
                    return 0L;
                }),
                INTERVAL.toMillis(),
                INTERVAL.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private record Mark(Instant at, long newest) {}

    /** Tells up to which revision the log has been relayed. */
    @FunctionalInterface
    interface RelayPosition {

        /** The revision; 0 if nothing has been relayed yet. */
        CompletableFuture<Long> relayed();
    }

    /** Trims once; to be called now and then by one thread. The future tells the first revision that is kept. */
    CompletableFuture<Long> trim() {
        return log.bounds().thenCombine(relayed.relayed(), this::firstKept).thenCompose(first -> {
            if (first <= 1) {
                return CompletableFuture.completedFuture(first);
            }
            return log.trim(first).thenApply(done -> {
                LOG.atDebug().addKeyValue("firstKept", first).log("the log is trimmed");
                return first;
            });
        });
    }

    private synchronized long firstKept(EventLog.Bounds bounds, long relayed) {
        Instant now = clock.instant();
        if (!marks.isEmpty() && marks.peekLast().newest() > bounds.last()) {
            marks.clear();
        }
        marks.addLast(new Mark(now, bounds.last()));
        long old = 0;
        for (Mark next = marks.peekFirst();
                next != null && !next.at().isAfter(now.minus(retention));
                next = marks.peekFirst()) {
            old = next.newest();
            marks.removeFirst();
        }
        if (old > 0) {
            // remembered for the next time, when nothing younger may be old enough yet
            marks.addFirst(new Mark(now.minus(retention), old));
        }
        long wanted = Math.min(old, relayed) + 1;
        long bound = bounds.last() - maxEntries + 1;
        return Math.max(wanted, bound);
    }
}
