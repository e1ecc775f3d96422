package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import io.kybern.node.events.EventSink;
import io.kybern.node.probes.PodProbes;
import io.kybern.node.probes.ProbeKind;
import io.kybern.node.probes.ProbeOutcome;
import io.kybern.node.probes.ProbeTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the probes of one pod's containers say of them. Owned by the pod's worker, except that probes report from their threads. */
final class PodVerdicts implements PodProbes.Listener {

    private final PodPorts ports;
    private final Supplier<Pod> pod;
    private final Runnable wake;
    private final PodProbes probes;

    /** @param pod the newest object that the worker knows */
    PodVerdicts(PodPorts ports, Supplier<Pod> pod, Runnable wake) {
        this.ports = ports;
        this.pod = pod;
        this.wake = wake;
        this.probes = new PodProbes(
                ports.prober(), ports.firstProbing(), ports.clock(), ports.timer(), ports.threads(), this);
    }

    /** Forgets containers that do not run any more, and begins to probe those that do. */
    void watch(ObservedPod observed, boolean active, List<String> podIps) {
        List<ObservedContainer> running = observed.running();
        probes.retain(running.stream().map(ObservedContainer::id).collect(Collectors.toSet()));
        if (!active || podIps.isEmpty()) {
            return;
        }
        for (ObservedContainer c : running) {
            Optional<Container> spec = Specs.container(pod.get(), c.name());
            Instant started = c.details().startedAt();
            if (spec.isPresent() && started != null && probed(c.kind())) {
                probes.watch(
                        new ProbeTarget(spec.get(), c.id(), podIps.getFirst()), started, LastVerdicts.of(pod.get(), c));
            }
        }
    }

    private static boolean probed(ContainerKind kind) {
        return kind == ContainerKind.APP || kind == ContainerKind.SIDECAR;
    }

    ContainerVerdict of(ObservedContainer c) {
        if (!probed(c.kind())) {
            return new ContainerVerdict(c.kind() == ContainerKind.INIT, false, null, -1);
        }
        PodProbes.Verdicts said = probes.verdicts(c.id());
        ProbeKind failed = said.failed();
        return new ContainerVerdict(
                said.started(), said.ready(), failed == null ? null : failed.word(), grace(c, failed));
    }

    private long grace(ObservedContainer c, @Nullable ProbeKind failed) {
        return Specs.container(pod.get(), c.name())
                .map(spec -> failed == ProbeKind.STARTUP ? spec.getStartupProbe() : spec.getLivenessProbe())
                .filter(p -> failed != null && p.getTerminationGracePeriodSeconds() != null)
                .map(Probe::getTerminationGracePeriodSeconds)
                .orElse(-1L);
    }

    void endRestartProbes() {
        probes.endRestartProbes();
    }

    void end() {
        probes.end();
        ports.probeMetrics().forget(pod.get());
    }

    @Override
    public void asked(ProbeTarget target, ProbeKind kind, ProbeOutcome outcome, Duration took) {
        ports.probeMetrics().asked(pod.get(), target.container().getName(), kind, outcome.result(), took);
    }

    @Override
    public void unhealthy(ProbeTarget target, ProbeKind kind, ProbeOutcome outcome) {
        String verb =
                switch (outcome.result()) {
                    case SUCCESS, FAILURE -> " probe failed: ";
                    case WARNING -> " probe warning: ";
                    case UNKNOWN -> " probe errored: ";
                };
        ports.events()
                .record(
                        EventSink.of(pod.get(), Specs.fieldPath(pod.get(), target.container())),
                        EventSink.Type.WARNING,
                        outcome.good() ? "ProbeWarning" : "Unhealthy",
                        kind.title() + verb + outcome.message());
    }

    @Override
    public void changed() {
        wake.run();
    }
}
