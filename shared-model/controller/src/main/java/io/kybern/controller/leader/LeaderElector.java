package io.kybern.controller.leader;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps trying to lead, renews while it leads, and gives the lease back on {@link #close}.
 *
 * <p>Leading ends by itself: {@link #isLeader} is false from the moment at which the last renewal is older than the renew
 * deadline, even while the elector hangs in a request. Since the deadline is shorter than the lease, a service that asks
 * {@link #isLeader} before each write has stopped before another replica can begin.
 */
public final class LeaderElector implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LeaderElector.class);

    /** Replicas that all lost the lease at once should not all try again at once. */
    private static final double JITTER = 1.2;

    private final LeaderProperties properties;
    private final @Nullable LeaseClaim claim;
    private final String identity;
    private final Clock clock;
    private final List<LeaderListener> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private volatile Instant leadsUntil = Instant.MIN;
    private volatile @Nullable Thread thread;
    private boolean announced;

    /**
     * @param name of the Lease unless the properties name it
     * @param identity of this replica, different from that of every other
     */
    public LeaderElector(
            ObjectApi<Lease> leases, String name, String identity, LeaderProperties properties, Clock clock) {
        this.properties = properties;
        this.identity = identity;
        this.clock = clock;
        String leaseName = properties.name() == null ? name : properties.name();
        this.claim = properties.enabled()
                ? new LeaseClaim(
                        leases,
                        new ObjectKey(properties.namespace(), leaseName),
                        identity,
                        properties.leaseDuration(),
                        clock)
                : null;
    }

    /** Adds one that is told of the elector's fortunes. Before {@link #start}. */
    public void listen(LeaderListener listener) {
        listeners.add(listener);
    }

    /** Begins to try, on a thread of its own. */
    public void start() {
        thread = Thread.ofVirtual().name("leader-election").start(this::run);
    }

    /** Whether this replica may work now. */
    public boolean isLeader() {
        return clock.instant().isBefore(leadsUntil);
    }

    /** The name under which this replica holds the lease. */
    public String identity() {
        return identity;
    }

    /** Stops leading, tells the listeners, and gives the lease back. */
    @Override
    public void close() {
        stopped.countDown();
        Thread running = thread;
        if (running != null) {
            try {
                running.join(properties.leaseDuration());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        try {
            boolean stop = false;
            while (!stop) {
                Duration pause = step();
                stop = stopped.await(pause.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            resign();
        }
    }

    /** One try. Answers the pause before the next. */
    Duration step() {
        if (claim == null) {
            leadsUntil = Instant.MAX;
        } else {
            Instant begun = clock.instant();
            try {
                leadsUntil = claim.acquireOrRenew() ? begun.plus(properties.renewDeadline()) : Instant.MIN;
            } catch (ApiFailure failure) {
                log.atWarn()
                        .addKeyValue("failure", failure.getMessage())
                        .log("Cannot ask for the lease; who leads goes on until the renew deadline");
            } catch (RuntimeException fault) {
                // a service whose elector has died would look well and never work again
                log.atError().setCause(fault).log("Asking for the lease failed; it is asked for again");
            }
        }
        announce(isLeader());
        return isLeader()
                ? properties.retryPeriod()
                : Duration.ofMillis((long) (properties.retryPeriod().toMillis()
                        * ThreadLocalRandom.current().nextDouble(1, JITTER)));
    }

    void resign() {
        boolean held = isLeader();
        leadsUntil = Instant.MIN;
        announce(false);
        if (held && claim != null) {
            try {
                claim.release();
                log.info("Gave the lease back");
            } catch (ApiFailure failure) {
                log.info("Could not give the lease back; it runs out by itself", failure);
            }
        }
    }

    private void announce(boolean leads) {
        if (leads == announced) {
            return;
        }
        announced = leads;
        if (leads) {
            log.atInfo().addKeyValue("identity", identity).log("Leading");
            listeners.forEach(LeaderListener::elected);
        } else {
            log.atInfo().addKeyValue("identity", identity).log("No longer leading");
            listeners.forEach(LeaderListener::retired);
        }
    }
}
