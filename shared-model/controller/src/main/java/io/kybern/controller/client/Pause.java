package io.kybern.controller.client;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waiting between two tries. */
public final class Pause {

    private Pause() {}

    /**
     * Waits for the duration.
     *
     * @throws InterruptedException as soon as the thread is interrupted
     */
    public static void of(Duration duration) throws InterruptedException {
        boolean released = new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
        if (released) {
            throw new IllegalStateException("nobody releases this latch");
        }
    }
}
