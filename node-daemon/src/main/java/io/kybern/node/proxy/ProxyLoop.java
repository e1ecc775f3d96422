package io.kybern.node.proxy;

import io.kybern.node.iptables.BaseChains;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns the service proxy. It runs a pass when something changed, at most so often, after a failure with
 * back-off, and now and then as a whole, in case another program changed the packet filter.
 */
final class ProxyLoop implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProxyLoop.class);

    /** Changes within this time share a pass: a rollout changes an EndpointSlice several times within a second. */
    private static final Duration GATHER = Duration.ofMillis(50);

    /** Kubernetes' proxy looks at the whole rule set once an hour; ours is cheap enough to heal sooner. */
    private static final Duration WHOLE_PASS_EVERY = Duration.ofMinutes(1);

    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);

    private final ServiceProxy proxy;
    private final BaseChains base;
    private final BooleanSupplier sourcesReady;
    private final Clock clock;
    private final Semaphore changes = new Semaphore(0);
    private final Thread thread;
    private final Timer duration;
    private final Counter failures;
    private volatile boolean closed;
    private volatile @Nullable String lastFailure = "no pass yet";

    /** @param sourcesReady whether the cluster's state is known: before, a pass would tear down what works */
    ProxyLoop(
            ServiceProxy proxy,
            BaseChains base,
            BooleanSupplier sourcesReady,
            Clock clock,
            MeterRegistry metrics,
            ThreadFactory threads) {
        this.proxy = proxy;
        this.base = base;
        this.sourcesReady = sourcesReady;
        this.clock = clock;
        this.duration = Timer.builder("kubeproxy.sync.proxy.rules.duration").register(metrics);
        this.failures = Counter.builder("kubeproxy.sync.proxy.rules.iptables.restore.failures")
                .register(metrics);
        metrics.gauge("kubeproxy.sync.proxy.rules.service.ports", proxy, ServiceProxy::servedPorts);
        this.thread = threads.newThread(this::run);
    }

    void start() {
        thread.start();
    }

    /** Says that something changed. Never blocks. */
    void wake() {
        changes.release();
    }

    /** Why Services may not work on this node at the moment; null if they do. */
    @Nullable
    String lastFailure() {
        return lastFailure;
    }

    private void run() {
        Duration retry = FIRST_RETRY;
        Instant nextWhole = clock.instant();
        try {
            while (!closed) {
                Duration wait;
                if (!sourcesReady.getAsBoolean()) {
                    wait = FIRST_RETRY;
                } else if (pass(!clock.instant().isBefore(nextWhole))) {
                    retry = FIRST_RETRY;
                    nextWhole = clock.instant().isBefore(nextWhole)
                            ? nextWhole
                            : clock.instant().plus(WHOLE_PASS_EVERY);
                    wait = Duration.between(clock.instant(), nextWhole);
                } else {
                    wait = retry;
                    retry = retry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
                }
                awaitChange(wait);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitChange(Duration atMost) throws InterruptedException {
        if (changes.tryAcquire(Math.max(atMost.toMillis(), 1), TimeUnit.MILLISECONDS)) {
            Instant until = clock.instant().plus(GATHER);
            for (Duration left = GATHER; left.isPositive(); left = Duration.between(clock.instant(), until)) {
                changes.drainPermits();
                if (!changes.tryAcquire(Math.max(left.toMillis(), 1), TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
        }
    }

    private boolean pass(boolean whole) {
        try {
            if (whole) {
                proxy.distrust();
                base.ensure();
            }
            duration.record(proxy::sync);
            lastFailure = null;
            return true;
        } catch (RuntimeException e) {
            // also what nobody foresaw: without this thread the rules of the node would stay as they are
            failures.increment();
            lastFailure = e.getMessage();
            log.atWarn().setCause(e).log("service rules could not be applied, will try again");
            proxy.distrust();
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
