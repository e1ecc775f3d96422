package io.kybern.node.probes;

import java.time.Duration;
import java.time.Instant;
import java.util.function.DoubleSupplier;

/**
 * How long the first probing of a container waits. Containers that ran before this process did are found all at once; probed all at
 * once they would be asked in step from then on, so each probe waits for a random part of its period, as kubelets do after a restart.
 *
 * @param since when this process began
 * @param share answers numbers from 0 up to 1, without it
 */
public record FirstProbing(Instant since, DoubleSupplier share) {

    /** The wait from now on; it covers what is left of the probe's own delay after the container's start. */
    Duration delay(Instant startedAt, Instant now, Duration initialDelay, Duration period) {
        Duration left = Duration.between(now, startedAt.plus(initialDelay));
        Duration apart = startedAt.isBefore(since)
                ? Duration.ofMillis((long) (share.getAsDouble() * period.toMillis()))
                : Duration.ZERO;
        return left.compareTo(apart) > 0 ? left : apart;
    }
}
