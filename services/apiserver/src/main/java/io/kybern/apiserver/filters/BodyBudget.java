package io.kybern.apiserver.filters;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of request bodies the server holds at once. Bodies are read before it is known who sends them, so without a bound those
 * who send slowly could fill the memory.
 */
final class BodyBudget {

    /** The part of the memory that bodies may take, and what they may take of a small one. */
    private static final int PART = 16;

    private static final long LEAST = 16L * 1024 * 1024;

    private final long limit;
    private final AtomicLong held = new AtomicLong();

    BodyBudget(long limit, MeterRegistry meters) {
        this.limit = limit;
        Gauge.builder("apiserver.request.body.held", held, AtomicLong::get)
                .baseUnit("bytes")
                .description("Bytes of request bodies that are held")
                .register(meters);
    }

    /** A budget that fits the memory of the process. */
    static BodyBudget ofMemory(MeterRegistry meters) {
        return new BodyBudget(Math.max(LEAST, Runtime.getRuntime().maxMemory() / PART), meters);
    }

    /** What one request takes of the budget: nothing yet. */
    Share share() {
        return new Share();
    }

    private boolean take(long bytes) {
        if (held.addAndGet(bytes) <= limit) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    /** What one request takes of the budget. */
    final class Share {

        private long taken;
        private boolean over;

        private Share() {}

        /**
         * Takes so much more; answers false if the request is over already, and nobody wants the bytes.
         *
         * @throws BodyRefusedException if there is not so much left
         */
        synchronized boolean take(int bytes) {
            if (over) {
                return false;
            }
            if (!BodyBudget.this.take(bytes)) {
                throw BodyRefusedException.tooMany();
            }
            taken += bytes;
            return true;
        }

        /** The request is over: gives everything back. */
        synchronized void giveBack() {
            over = true;
            held.addAndGet(-taken);
            taken = 0;
        }
    }
}
