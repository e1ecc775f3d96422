package io.kybern.node.probes;

import io.fabric8.kubernetes.api.model.Probe;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The probes of one pod's running containers. Every instance of a container (an engine id) has counters of its own, so
 * a restarted one begins anew. Safe to call from any thread.
 */
public final class PodProbes {

    /** Told what happened; called on probe threads, must not block for long. */
    public interface Listener {
        /** A probing came to its end; called while the instance is held, so that nothing is told of one that is forgotten. */
        void asked(ProbeTarget target, ProbeKind kind, ProbeOutcome outcome, Duration took);

        /** A probing did not succeed, or there is something to say of it. */
        void unhealthy(ProbeTarget target, ProbeKind kind, ProbeOutcome outcome);

        /** A standing verdict changed. */
        void changed();
    }

    /** The standing verdicts for one instance. */
    public record Verdicts(
            boolean started, boolean ready, @Nullable ProbeKind failed) {}

    private final Prober prober;
    private final FirstProbing first;
    private final Clock clock;
    private final ScheduledExecutorService timer;
    private final Executor threads;
    private final Listener listener;
    private final Map<String, Instance> instances = new ConcurrentHashMap<>();
    private volatile boolean restartProbesEnded;

    /** The timer only triggers; each probing runs on a thread of its own. */
    public PodProbes(
            Prober prober,
            FirstProbing first,
            Clock clock,
            ScheduledExecutorService timer,
            Executor threads,
            Listener listener) {
        this.prober = prober;
        this.first = first;
        this.clock = clock;
        this.timer = timer;
        this.threads = threads;
        this.listener = listener;
    }

    /**
     * Begins to probe a running instance; does nothing for one that is known.
     *
     * @param before what was said of this very instance before a restart of this process, so that a restart makes no
     *     pod unready; null if nothing is known
     */
    public void watch(ProbeTarget target, Instant startedAt, @Nullable Verdicts before) {
        instances
                .computeIfAbsent(target.containerId(), id -> new Instance(target, startedAt, before))
                .begin();
    }

    /** Forgets every instance but these. */
    public void retain(Set<String> containerIds) {
        instances.forEach((id, instance) -> {
            if (!containerIds.contains(id) && instances.remove(id, instance)) {
                instance.end();
            }
        });
    }

    /** What the probes say about an instance; one that is not watched yet is not ready. */
    public Verdicts verdicts(String containerId) {
        Instance instance = instances.get(containerId);
        return instance == null ? new Verdicts(false, false, null) : instance.verdicts();
    }

    /** From now on nothing will ask for a restart; readiness goes on. */
    public void endRestartProbes() {
        restartProbesEnded = true;
    }

    /** Ends all. */
    public void end() {
        retain(Set.of());
    }

    private static @Nullable Probe probe(ProbeTarget target, ProbeKind kind) {
        return switch (kind) {
            case STARTUP -> target.container().getStartupProbe();
            case LIVENESS -> target.container().getLivenessProbe();
            case READINESS -> target.container().getReadinessProbe();
        };
    }

    private final class Instance {
        private final ProbeTarget target;
        private final Instant startedAt;
        private final Map<ProbeKind, ProbeCounter> counters = new EnumMap<>(ProbeKind.class);
        private final Map<ProbeKind, ScheduledFuture<?>> ticks = new EnumMap<>(ProbeKind.class);
        private final Set<ProbeKind> busy = ConcurrentHashMap.newKeySet();
        private boolean begun;

        Instance(ProbeTarget target, Instant startedAt, @Nullable Verdicts before) {
            this.target = target;
            this.startedAt = startedAt;
            for (ProbeKind kind : ProbeKind.values()) {
                if (probe(target, kind) != null) {
                    boolean good = before != null
                            && (kind == ProbeKind.STARTUP && before.started()
                                    || kind == ProbeKind.READINESS && before.ready());
                    counters.put(
                            kind,
                            good ? new ProbeCounter(ProbeCounter.Standing.GOOD, 0, 0) : ProbeCounter.initial(kind));
                }
            }
        }

        synchronized void begin() {
            if (begun) {
                return;
            }
            begun = true;
            for (ProbeKind kind : counters.keySet()) {
                Probe probe = probe(target, kind);
                if (probe != null) {
                    Duration delay = Duration.ofSeconds(seconds(probe.getInitialDelaySeconds(), 0));
                    Duration period = Duration.ofSeconds(seconds(probe.getPeriodSeconds(), 10));
                    Duration wait = first.delay(startedAt, clock.instant(), delay, period);
                    ticks.put(
                            kind,
                            timer.scheduleAtFixedRate(
                                    () -> trigger(kind, probe),
                                    wait.toMillis(),
                                    period.toMillis(),
                                    TimeUnit.MILLISECONDS));
                }
            }
        }

        synchronized void end() {
            ticks.values().forEach(t -> t.cancel(false));
            ticks.clear();
        }

        private void trigger(ProbeKind kind, Probe probe) {
            if (wanted(kind) && busy.add(kind)) {
                threads.execute(() -> {
                    try {
                        ask(kind, probe);
                    } finally {
                        busy.remove(kind);
                    }
                });
            }
        }

        private synchronized boolean wanted(ProbeKind kind) {
            if (kind != ProbeKind.READINESS && restartProbesEnded) {
                return false;
            }
            boolean started = started();
            if (kind == ProbeKind.STARTUP) {
                return !started;
            }
            ProbeCounter counter = counters.get(kind);
            boolean givenUp =
                    kind == ProbeKind.LIVENESS && counter != null && counter.standing() == ProbeCounter.Standing.BAD;
            return started && !givenUp;
        }

        private void ask(ProbeKind kind, Probe probe) {
            long beganNanos = System.nanoTime();
            ProbeOutcome outcome;
            try {
                outcome = prober.probe(probe, target);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return;
            }
            Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
            boolean changed;
            synchronized (this) {
                if (!ticks.containsKey(kind)) {
                    return;
                }
                listener.asked(target, kind, outcome, took);
                ProbeCounter before = counters.getOrDefault(kind, ProbeCounter.initial(kind));
                ProbeCounter after = before.with(
                        outcome.result(),
                        seconds(probe.getSuccessThreshold(), 1),
                        seconds(probe.getFailureThreshold(), 3));
                counters.put(kind, after);
                changed = before.standing() != after.standing();
            }
            if (outcome.result() != ProbeOutcome.Result.SUCCESS) {
                listener.unhealthy(target, kind, outcome);
            }
            if (changed) {
                listener.changed();
                if (kind == ProbeKind.STARTUP) {
                    readinessAtOnce();
                }
            }
        }

        /** A container that has come up does not wait for the next turn to be asked whether it is ready. */
        private void readinessAtOnce() {
            Probe readiness = probe(target, ProbeKind.READINESS);
            if (readiness != null
                    && !clock.instant()
                            .isBefore(startedAt.plusSeconds(seconds(readiness.getInitialDelaySeconds(), 0)))) {
                trigger(ProbeKind.READINESS, readiness);
            }
        }

        private boolean started() {
            ProbeCounter startup = counters.get(ProbeKind.STARTUP);
            return startup == null || startup.standing() == ProbeCounter.Standing.GOOD;
        }

        synchronized Verdicts verdicts() {
            boolean started = started();
            ProbeCounter readiness = counters.get(ProbeKind.READINESS);
            boolean ready = started && (readiness == null || readiness.standing() == ProbeCounter.Standing.GOOD);
            ProbeKind failed = null;
            if (!restartProbesEnded) {
                for (ProbeKind kind : new ProbeKind[] {ProbeKind.STARTUP, ProbeKind.LIVENESS}) {
                    ProbeCounter counter = counters.get(kind);
                    if (failed == null && counter != null && counter.standing() == ProbeCounter.Standing.BAD) {
                        failed = kind;
                    }
                }
            }
            return new Verdicts(started, ready, failed);
        }
    }

    private static int seconds(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}
