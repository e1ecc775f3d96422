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

    /** A request that is not in flight yet. */
    Visit visit(boolean write) {
        return write ? new Visit(writes, maxWrites) : new Visit(reads, maxReads);
    }

    /** The place of one request. */
    static final class Visit {

        private final AtomicInteger count;
        private final int max;
        private boolean counted;
        private boolean over;

        private Visit(AtomicInteger count, int max) {
            this.count = count;
            this.max = max;
        }

        /** Takes a place, if there is one and the request is not over. */
        synchronized Place enter() {
            if (over) {
                return Place.NONE;
            }
            int present = count.incrementAndGet();
            if (present > 2L * max) {
                count.decrementAndGet();
                return Place.NONE;
            }
            counted = true;
            return present <= max ? Place.FREE : Place.CROWDED;
        }

        /** The request is over: gives the place back, if it had one. */
        synchronized void leave() {
            over = true;
            if (counted) {
                counted = false;
                count.decrementAndGet();
            }
        }
    }
}
