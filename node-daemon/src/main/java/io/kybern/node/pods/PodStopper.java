package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.events.EventSink;
import io.kybern.node.probes.ProbeOutcome;
import io.kybern.node.probes.ProbeTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Ends a pod's running containers, one {@link StopSequence} each. Owned by the pod's worker. */
final class PodStopper {

    /** Sidecars get a moment even when the others used up the time. */
    private static final Duration LEAST_FOR_SIDECARS = Duration.ofSeconds(2);

    private final PodPorts ports;
    private final Runnable wake;
    private final Map<String, StopSequence> sequences = new HashMap<>();
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

    /**
     * Asks one container to end, unless it was asked before.
     *
     * @param graceSeconds how long it may take; negative for the pod's own setting, 0 for the end at once, without its hook
     */
    void stop(Pod pod, ObservedContainer container, String message, long graceSeconds, List<String> podIps) {
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

    /** Asks the pod's containers to end: all at once, the sidecars after the others, the last one first. */
    void stopAll(Pod pod, ObservedPod observed, List<String> podIps) {
        List<ObservedContainer> running = observed.running();
        List<ObservedContainer> now =
                running.stream().filter(c -> c.kind() != ContainerKind.SIDECAR).toList();
        Instant begun = begunAt == null ? ports.clock().instant() : begunAt;
        Duration grace = Duration.ofSeconds(Math.max(1, Specs.graceSeconds(pod)));
        if (now.isEmpty() && !running.isEmpty()) {
            now = List.of(lastSidecar(pod, running));
            Duration left = Duration.between(ports.clock().instant(), begun.plus(grace));
            grace = left.compareTo(LEAST_FOR_SIDECARS) < 0 ? LEAST_FOR_SIDECARS : left;
        }
        for (ObservedContainer c : now) {
            stop(pod, c, "Stopping container " + c.name(), grace.toSeconds(), podIps);
            if (c.kind() != ContainerKind.SIDECAR) {
                // a second deletion may have cut the grace period
                StopSequence sequence = sequences.get(c.id());
                if (sequence != null) {
                    sequence.shorten(grace);
                }
            }
        }
    }

    private static ObservedContainer lastSidecar(Pod pod, List<ObservedContainer> running) {
        List<Container> inits = new ArrayList<>(Specs.initContainers(pod));
        for (int i = inits.size() - 1; i >= 0; i--) {
            String name = inits.get(i).getName();
            Optional<ObservedContainer> found =
                    running.stream().filter(c -> c.name().equals(name)).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
        }
        return running.getFirst();
    }

    /** Sends the signals that are due, forgets containers that ended, and answers when the next one is due. */
    @Nullable
    Instant advance(ObservedPod observed) {
        Map<String, ObservedContainer> running = new HashMap<>();
        observed.running().forEach(c -> running.put(c.id(), c));
        sequences.keySet().retainAll(running.keySet());
        Instant next = null;
        for (var entry : sequences.entrySet()) {
            StopSequence sequence = entry.getValue();
            String signal = sequence.due(ports.clock().instant());
            if (signal != null) {
                ports.runtime().signal(entry.getKey(), signal);
            }
            if (next == null || sequence.wakeAt().isBefore(next)) {
                next = sequence.wakeAt();
            }
        }
        return next;
    }

    private @Nullable Future<?> hook(Pod pod, ObservedContainer c, Duration grace, List<String> podIps) {
        Optional<Container> spec = Specs.container(pod, c.name());
        if (spec.isEmpty()
                || spec.get().getLifecycle() == null
                || spec.get().getLifecycle().getPreStop() == null) {
            return null;
        }
        String ip = podIps.isEmpty() ? "127.0.0.1" : podIps.getFirst();
        return ports.threads().submit(() -> {
            try {
                ProbeOutcome outcome = ports.prober()
                        .hook(spec.get().getLifecycle().getPreStop(), new ProbeTarget(spec.get(), c.id(), ip), grace);
                if (outcome.result() != ProbeOutcome.Result.SUCCESS) {
                    event(pod, c, EventSink.Type.WARNING, "FailedPreStopHook", "PreStopHook failed");
                }
            } catch (InterruptedException timeIsUp) {
                Thread.currentThread().interrupt();
            } finally {
                wake.run();
            }
        });
    }

    private void event(Pod pod, ObservedContainer c, EventSink.Type type, String reason, String message) {
        String path = Specs.container(pod, c.name())
                .map(spec -> Specs.fieldPath(pod, spec))
                .orElse(null);
        ports.events().record(EventSink.of(pod, path), type, reason, message);
    }
}
