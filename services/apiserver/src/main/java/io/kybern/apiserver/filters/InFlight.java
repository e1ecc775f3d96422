package io.kybern.apiserver.filters;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts requests in flight, reads and writes apart, and says when there are too many. As many again as may wait for their turn are let
 * in on condition that they do not wait, so that those who wait cannot keep out those who need not.
 */
final class InFlight {

    /** What a request gets. */
    enum Place {
        /** A place to run, and to wait for that. */
        FREE,
        /** A place to run at once, or else to go. */
        CROWDED,
        /** None. */
        NONE
    }

    private final int maxReads;
    private final int maxWrites;
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger();

    InFlight(int maxReads, int maxWrites, MeterRegistry meters) {
        this.maxReads = maxReads;
        this.maxWrites = maxWrites;
        gauge("readOnly", reads, meters);
        gauge("mutating", writes, meters);
    }

    private static void gauge(String kind, AtomicInteger count, MeterRegistry meters) {
        Gauge.builder("apiserver.current.inflight.requests", count, AtomicInteger::get)
                .tag("request_kind", kind)
                .description("Requests that are being answered, without watches and the like")
                .register(meters);
    }

    /** Takes a place, if there is one. */
    Place enter(boolean write) {
        AtomicInteger count = write ? writes : reads;
        int max = write ? maxWrites : maxReads;
        int present = count.incrementAndGet();
        if (present <= max) {
            return Place.FREE;
        }
        if (present <= 2L * max) {
            return Place.CROWDED;
        }
        count.decrementAndGet();
        return Place.NONE;
    }

    /** Gives the place back. */
    void leave(boolean write) {
        (write ? writes : reads).decrementAndGet();
    }
}
