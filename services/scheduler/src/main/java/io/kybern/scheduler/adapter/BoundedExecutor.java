package io.kybern.scheduler.adapter;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** Runs tasks that block, each on a virtual thread of its own, so many at once. Never makes the caller wait. */
public final class BoundedExecutor implements Executor, AutoCloseable {

    private final ExecutorService threads;
    private final Semaphore permits;

    /** An executor of so many threads at once. */
    public BoundedExecutor(String threadName, int atOnce) {
        this.threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(threadName, 0).factory());
        this.permits = new Semaphore(atOnce);
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(() -> {
            permits.acquireUninterruptibly();
            try {
                task.run();
            } finally {
                permits.release();
            }
        });
    }

    /** Interrupts what runs; waits for nothing. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
