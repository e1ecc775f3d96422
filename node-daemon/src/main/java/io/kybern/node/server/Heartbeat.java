package io.kybern.node.server;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Whether the node still gets round to what happens to its pods. Safe for use by several threads. */
final class Heartbeat {

    /** How often it beats. */
    static final Duration PERIOD = Duration.ofSeconds(10);

    /** The figure is the kubelet's own for its sync loop. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Clock clock;
    private volatile Instant last;

    Heartbeat(Clock clock) {
        this.clock = clock;
        this.last = clock.instant();
    }

    void beat() {
        last = clock.instant();
    }

    boolean isSteady() {
        return clock.instant().isBefore(last.plus(LIMIT));
    }
}
