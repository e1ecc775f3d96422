package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.events.EventSink;
import io.kybern.node.probes.ProbeOutcome;
import io.kybern.node.probes.ProbeTarget;
import io.kybern.node.runtime.RuntimeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a pod's running containers, one {@link StopSequence} each. Owned by the pod's worker. */
final class PodStopper {

    private static final Logger log = LoggerFactory.getLogger(PodStopper.class);

    /** An engine that did not take a signal is given this long. */
    private static final Duration SIGNAL_AGAIN = Duration.ofSeconds(1);

    private final PodPorts ports;
    private final Runnable wake;
    private final Map<String, StopSequence> sequences = new HashMap<>();

    /** By a sidecar's id: which containers end before it. */
    private final Map<String, Set<String>> before = new HashMap<>();

    private final Set<String> again = new HashSet<>();
    private @Nullable Instant begunAt;

    PodStopper(PodPorts ports, Runnable wake) {
        this.ports = ports;
        this.wake = wake;
    }

    /** From now on the whole pod ends. */
    void begin(Instant now) {
        if (begunAt == null) {
            begunAt = now;
        }
    }

    /** Whether a container was stopped only to be started again. */
    boolean startsAgain(ObservedContainer container) {
        return again.contains(container.id());
    }

    /** Asks one container to end, unless it was asked before. */
    void stop(Pod pod, ContainerAction.StopContainer stop, List<String> podIps) {
        if (stop.again()) {
            again.add(stop.container().id());
        }
        stop(pod, stop.container(), stop.message(), stop.graceSeconds(), podIps);
    }

    private void stop(Pod pod, ObservedContainer container, String message, long graceSeconds, List<String> podIps) {
        if (sequences.containsKey(container.id())) {
            return;
        }
        Duration grace = Duration.ofSeconds(Math.max(graceSeconds < 0 ? Specs.graceSeconds(pod) : graceSeconds, 1));
        boolean atOnce = graceSeconds == 0;
        sequences.put(
                container.id(),
                new StopSequence(
                        atOnce ? "SIGKILL" : container.details().stopSignal(),
                        atOnce ? null : hook(pod, container, grace, podIps),
                        ports.clock().instant(),
                        grace));
        event(pod, container, EventSink.Type.NORMAL, "Killing", message);
    }

    /**
     * Asks all of the pod's containers to end. Their hooks begin at once; the stop signal of a sidecar waits for the pod's own
     * containers and for the sidecars that were started after it, so that they end in reverse order.
     */
    void stopAll(Pod pod, ObservedPod observed, List<String> podIps) {
        Instant now = ports.clock().instant();
        long spentSeconds =
                Duration.between(begunAt == null ? now : begunAt, now).toSeconds();
        Duration grace = Duration.ofSeconds(Math.max(1, Specs.graceSeconds(pod)));
        for (ObservedContainer c : observed.running()) {
            StopSequence known = sequences.get(c.id());
            if (known == null) {
                long left = Math.max(1, grace.toSeconds() - spentSeconds);
                stop(pod, c, "Stopping container " + c.name(), left, podIps);
                if (c.kind() == ContainerKind.SIDECAR) {
                    before.put(c.id(), endingBefore(pod, c, observed));
                }
            } else {
                // a second deletion may have cut the grace period
                known.shorten(grace);
            }
        }
    }

    private static Set<String> endingBefore(Pod pod, ObservedContainer sidecar, ObservedPod observed) {
        List<String> inits =
                Specs.initContainers(pod).stream().map(Container::getName).toList();
        Set<String> out = new HashSet<>();
        for (ObservedContainer other : observed.running()) {
            boolean later = other.kind() == ContainerKind.SIDECAR
                    && inits.indexOf(other.name()) > inits.indexOf(sidecar.name());
            if (other.kind() == ContainerKind.APP || later) {
                out.add(other.id());
            }
        }
        return out;
    }

    /** Sends the signals that are due, forgets containers that ended, and answers when the next one is due. */
    @Nullable
    Instant advance(ObservedPod observed) {
        Map<String, ObservedContainer> running = new HashMap<>();
        observed.running().forEach(c -> running.put(c.id(), c));
        sequences.keySet().retainAll(running.keySet());
        before.keySet().retainAll(running.keySet());
        again.retainAll(observed.all().stream().map(ObservedContainer::id).toList());
        Instant next = null;
        for (var entry : sequences.entrySet()) {
            StopSequence sequence = entry.getValue();
            boolean turn = Collections.disjoint(before.getOrDefault(entry.getKey(), Set.of()), running.keySet());
            Instant now = ports.clock().instant();
            String signal = sequence.due(now, turn);
            Instant wakeAt = sequence.wakeAt();
            if (signal != null) {
                wakeAt = signal(entry.getKey(), signal, sequence, now);
            }
            if (next == null || wakeAt.isBefore(next)) {
                next = wakeAt;
            }
        }
        return next;
    }

    /** Sends a signal, if the engine takes it; answers when to look again. One that it does not take keeps no other from being sent. */
    private Instant signal(String id, String signal, StopSequence sequence, Instant now) {
        try {
            ports.runtime().signal(id, signal);
        } catch (RuntimeFailure notTaken) {
            log.atLevel(sequence.notSent())
                    .setMessage("a container could not be sent a signal, which will be repeated")
                    .addKeyValue("container", id)
                    .addKeyValue("signal", signal)
                    .addKeyValue("why", notTaken.getMessage())
                    .log();
            return ports.clock().instant().plus(SIGNAL_AGAIN);
        }
        sequence.sent(Duration.between(now, ports.clock().instant()));
        return sequence.wakeAt();
    }

    private @Nullable Future<?> hook(Pod pod, ObservedContainer c, Duration grace, List<String> podIps) {
        Optional<Container> spec = Specs.container(pod, c.name());
        if (spec.isEmpty()
                || spec.get().getLifecycle() == null
                || spec.get().getLifecycle().getPreStop() == null) {
            return null;
        }
        String ip = podIps.isEmpty() ? "127.0.0.1" : podIps.getFirst();
        // whoever is woken finds it done
        FutureTask<@Nullable Void> hook = new FutureTask<>(() -> runHook(pod, c, spec.get(), ip, grace), null) {
            @Override
            protected void done() {
                wake.run();
            }
        };
        ports.threads().execute(hook);
        return hook;
    }

    private void runHook(Pod pod, ObservedContainer c, Container spec, String ip, Duration grace) {
        try {
            ProbeOutcome outcome =
                    ports.prober().hook(spec.getLifecycle().getPreStop(), new ProbeTarget(spec, c.id(), ip), grace);
            if (!outcome.good()) {
                event(pod, c, EventSink.Type.WARNING, "FailedPreStopHook", "PreStopHook failed");
            }
        } catch (InterruptedException timeIsUp) {
            Thread.currentThread().interrupt();
        }
    }

    private void event(Pod pod, ObservedContainer c, EventSink.Type type, String reason, String message) {
        String path = Specs.container(pod, c.name())
                .map(spec -> Specs.fieldPath(pod, spec))
                .orElse(null);
        ports.events().record(EventSink.of(pod, path), type, reason, message);
    }
}
