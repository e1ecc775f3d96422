package io.kybern.node.server;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Waits until nothing has been said for a while. */
final class Silence {

    private final Duration length;
    private final Semaphore said = new Semaphore(0);
    private volatile boolean speaking;

    Silence(Duration length) {
        this.length = length;
    }

    /** Something is being said, for as long as it takes whoever hears it. */
    void end() {
        speaking = true;
        said.release();
    }

    /** It has been said: the while begins anew. */
    void begin() {
        // in this order: who waits must meet one or the other
        said.release();
        speaking = false;
    }

    /** How many words one who waits has still to notice. */
    int unheard() {
        return said.availablePermits();
    }

    void await() throws InterruptedException {
        while (said.tryAcquire(length.toMillis(), TimeUnit.MILLISECONDS) || speaking) {
            said.drainPermits();
        }
    }
}
