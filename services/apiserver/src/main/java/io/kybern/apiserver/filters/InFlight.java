package io.kybern.apiserver.filters;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts requests in flight, reads and writes apart, and says when there are too many. */
final class InFlight {

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

    /** Takes a place; false if there is none. */
    boolean enter(boolean write) {
        AtomicInteger count = write ? writes : reads;
        if (count.incrementAndGet() > (write ? maxWrites : maxReads)) {
            count.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Gives the place back. */
    void leave(boolean write) {
        (write ? writes : reads).decrementAndGet();
    }
}
