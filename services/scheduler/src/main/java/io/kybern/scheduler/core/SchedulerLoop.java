package io.kybern.scheduler.core;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns the {@link Scheduler}: it takes note of everything it was told, then tries one pod, and so on.
 *
 * <p>News are taken note of always, pods are placed only between {@link #lead} and {@link #retire}.
 */
public final class SchedulerLoop implements Executor, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SchedulerLoop.class);

    /** Without news and without anything due the loop looks around this often. */
    private static final Duration LONGEST_NAP = Duration.ofSeconds(1);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final BlockingQueue<Runnable> news = new LinkedBlockingQueue<>();
    private final Clock clock;
    private @Nullable Thread thread;
    private volatile @Nullable Scheduler scheduler;
    private volatile boolean leading;
    private volatile boolean stopped;

    /** A loop that does not run yet. */
    public SchedulerLoop(Clock clock) {
        this.clock = clock;
    }

    /** Starts the thread. */
    public synchronized void start(Scheduler scheduler) {
        this.scheduler = scheduler;
        thread = Thread.ofPlatform().name("scheduler").start(() -> run(scheduler));
    }

    /** Runs the task on the scheduler thread, after all that were given before. */
    @Override
    public void execute(Runnable task) {
        news.add(task);
    }

    /** Begins to place pods. */
    public void lead() {
        execute(() -> leading = true);
    }

    /** Ends placing pods; returns when the attempt under way has ended and nothing waits to be bound any more. */
    public void retire() {
        leading = false;
        CountDownLatch quiet = new CountDownLatch(1);
        execute(() -> {
            leading = false;
            try {
                Scheduler retiring = scheduler;
                if (retiring != null) {
                    retiring.retire();
                }
            } finally {
                quiet.countDown();
            }
        });
        try {
            if (!stopped && !quiet.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("The scheduler thread is still busy");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Scheduler scheduler) {
        List<Runnable> batch = new ArrayList<>();
        try {
            while (!stopped) {
                news.drainTo(batch);
                batch.forEach(SchedulerLoop::takeNote);
                batch.clear();
                if (leading && scheduler.scheduleOne()) {
                    continue;
                }
                Runnable next = news.poll(nap(scheduler).toMillis(), TimeUnit.MILLISECONDS);
                if (next != null) {
                    takeNote(next);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration nap(Scheduler scheduler) {
        Instant due = leading ? scheduler.nextDue().orElse(null) : null;
        if (due == null) {
            return LONGEST_NAP;
        }
        Duration until = Duration.between(clock.instant(), due);
        // a millisecond more than the rest, or the loop would spin through the last fraction
        return until.compareTo(LONGEST_NAP) > 0
                ? LONGEST_NAP
                : until.isNegative() ? Duration.ZERO : until.plusMillis(1);
    }

    private static void takeNote(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException fault) {
            log.error("The scheduler could not take note of a change", fault);
        }
    }

    @Override
    public synchronized void close() {
        stopped = true;
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            thread = null;
        }
    }
}
