package io.kybern.node.logs;

import io.kybern.node.pods.EngineReports;
import io.kybern.node.runtime.ContainerChange;
import io.kybern.node.runtime.ContainerRuntime;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Tells the links of containers that start and go. */
final class LogLinkFeed implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(LogLinkFeed.class);

    /** For what no report told of; as often as kubelets look. */
    private static final Duration SWEEP = Duration.ofMinutes(1);

    private final LogLinks links;
    private final EngineReports reports;
    private final ScheduledExecutorService timer;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("log-links").factory());
    private volatile @Nullable Future<?> sweeps;

    /** @param timer triggers only */
    LogLinkFeed(LogLinks links, ContainerRuntime runtime, ScheduledExecutorService timer) {
        this.links = links;
        this.reports = new EngineReports(runtime, this::changed, this::sweep, timer);
        this.timer = timer;
    }

    @Override
    public void start() {
        sweeps = timer.scheduleWithFixedDelay(this::sweep, SWEEP.toSeconds(), SWEEP.toSeconds(), TimeUnit.SECONDS);
        reports.begin();
    }

    private void changed(ContainerChange change) {
        switch (change.action()) {
            case "start" -> later(() -> links.started(change.id(), change.labels()));
            case "destroy" -> later(() -> links.removed(change.id(), change.labels()));
            default -> {
                // nothing that links depend on
            }
        }
    }

    private void sweep() {
        later(links::sweep);
    }

    private void later(Runnable work) {
        try {
            thread.execute(() -> runAnyway(work));
        } catch (RejectedExecutionException stopped) {
            log.atDebug().log("no more links are made");
        }
    }

    /** What one container brings about must not end the thread that links the others. */
    private static void runAnyway(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException fault) {
            log.atError().setCause(fault).log("links to logs could not be dealt with");
        }
    }

    @Override
    public void stop() {
        Future<?> planned = sweeps;
        sweeps = null;
        if (planned != null) {
            planned.cancel(false);
        }
        reports.close();
        thread.shutdown();
    }

    @Override
    public boolean isRunning() {
        return sweeps != null;
    }
}
