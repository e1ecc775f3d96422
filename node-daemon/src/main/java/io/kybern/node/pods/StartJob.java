package io.kybern.node.pods;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a {@link PodStarter}: it counts as running until it has really ended, also after it was cancelled. */
final class StartJob implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(StartJob.class);

    /** What the run does. */
    interface Work {
        void run() throws InterruptedException;
    }

    private final Work work;
    private final Runnable onEnd;
    private @Nullable Thread thread;
    private boolean cancelled;
    private volatile boolean ended;

    StartJob(Work work, Runnable onEnd) {
        this.work = work;
        this.onEnd = onEnd;
    }

    boolean ended() {
        return ended;
    }

    /** Interrupts the run, or keeps it from beginning. */
    synchronized void cancel() {
        cancelled = true;
        if (thread != null) {
            thread.interrupt();
        }
    }

    @Override
    public void run() {
        try {
            if (begin()) {
                work.run();
            }
        } catch (InterruptedException asked) {
            log.atDebug()
                    .setMessage("starting the pod's containers was interrupted")
                    .log();
        } catch (RuntimeException broken) {
            log.atWarn()
                    .setMessage("starting the pod's containers failed and will be repeated")
                    .addKeyValue("why", broken.getMessage())
                    .setCause(broken)
                    .log();
        } finally {
            end();
            onEnd.run();
        }
    }

    private synchronized boolean begin() {
        thread = Thread.currentThread();
        return !cancelled;
    }

    private synchronized void end() {
        thread = null;
        ended = true;
        if (cancelled) {
            // the flag must not reach what this thread does next
            Thread.interrupted();
        }
    }
}
