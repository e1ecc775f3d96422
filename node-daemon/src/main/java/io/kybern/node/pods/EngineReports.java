package io.kybern.node.pods;

import io.kybern.node.runtime.ContainerChange;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.RuntimeFailure;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of what happens to containers for as long as it is wanted: an engine that restarts ends its reports, and is asked for them anew
 * until it answers. What happened in between nobody tells, so then everything is looked at.
 */
public final class EngineReports implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EngineReports.class);
    private static final long RETRY_MILLIS = 1000;

    private final ContainerRuntime runtime;
    private final Consumer<ContainerChange> onChange;
    private final Runnable lookAgain;
    private final ScheduledExecutorService timer;
    private volatile boolean wanted = true;
    private volatile @Nullable AutoCloseable watch;

    /**
     * Hears nothing yet.
     *
     * @param lookAgain called whenever reports begin
     * @param timer triggers only
     */
    public EngineReports(
            ContainerRuntime runtime,
            Consumer<ContainerChange> onChange,
            Runnable lookAgain,
            ScheduledExecutorService timer) {
        this.runtime = runtime;
        this.onChange = onChange;
        this.lookAgain = lookAgain;
        this.timer = timer;
    }

    /** Begins to hear of changes. */
    public void begin() {
        if (!wanted) {
            return;
        }
        // reports may end in more than one way at once; one new beginning is enough
        AtomicBoolean over = new AtomicBoolean();
        try {
            watch = runtime.watch(change -> {
                if (!change.action().equals(ContainerChange.CLOSED)) {
                    onChange.accept(change);
                } else if (over.compareAndSet(false, true)) {
                    again();
                }
            });
            lookAgain.run();
        } catch (RuntimeFailure away) {
            log.atDebug().addKeyValue("why", away.getMessage()).log("the engine does not report yet");
            again();
        }
    }

    private void again() {
        if (wanted) {
            timer.schedule(this::begin, RETRY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        wanted = false;
        AutoCloseable current = watch;
        if (current != null) {
            try {
                current.close();
            } catch (Exception e) {
                log.atDebug().setCause(e).log("the engine's reports ended badly");
            }
        }
    }
}
