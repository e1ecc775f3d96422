package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.env.PodFacts;
import io.kybern.node.events.EventSink;
import io.kybern.node.network.PodAddress;
import io.kybern.node.network.PodNetworkException;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.RuntimeFailure;
import io.kybern.node.volumes.VolumeException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the starting part of a plan, off the worker's thread because images and hooks take their time: volumes, then
 * the sandbox with its network, or containers one after the other. What it learns it leaves for the worker to read. One
 * run at a time.
 */
final class PodStarter {

    private static final Logger log = LoggerFactory.getLogger(PodStarter.class);

    /** A container whose description or image fails is tried again after this, as the kubelet's sync does. */
    private static final Duration CONTAINER_RETRY = Duration.ofSeconds(10);

    private static final Duration FIRST_POD_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_POD_RETRY = Duration.ofMinutes(1);

    private final PodPorts ports;
    private final ImageProvider images;
    private final ContainerStarter containers;
    private final RuntimeHandlers handlers;
    private final Map<String, PodRecord.Waiting> waiting = new ConcurrentHashMap<>();
    private final Map<String, Instant> notBefore = new ConcurrentHashMap<>();
    private volatile List<String> podIps = List.of();
    private volatile Instant podNotBefore = Instant.EPOCH;
    private Duration podRetry = FIRST_POD_RETRY;
    private boolean imagesReady;

    PodStarter(PodPorts ports, Semaphore pulls) {
        this.ports = ports;
        this.handlers = new RuntimeHandlers(ports.objects(), ports.runtime());
        this.images = new ImageProvider(ports, pulls);
        this.containers = new ContainerStarter(ports, images);
    }

    List<String> podIps() {
        return podIps;
    }

    /** After a restart of this process: the address that the pod has. */
    void adopt(Pod pod, ObservedPod observed) {
        if (!podIps.isEmpty() || observed.sandbox().isEmpty()) {
            return;
        }
        if (Specs.hostNetwork(pod)) {
            podIps = ports.node().addresses();
        } else {
            ports.network()
                    .addressOf(SandboxSpecs.identity(pod))
                    .map(PodAddress::ip)
                    .ifPresent(ip -> podIps = List.of(ip));
        }
    }

    /** The container that counts as started only when its postStart hook is done. */
    Optional<String> hooked() {
        return containers.hooked();
    }

    /** Why containers wait, by name. */
    Map<String, PodRecord.Waiting> waiting() {
        return waiting;
    }

    /** When an action may be tried; a moment in the past for most. */
    Instant notBefore(ContainerAction action) {
        Instant own = action instanceof ContainerAction.StartContainer start
                ? notBefore.getOrDefault(start.container().getName(), Instant.EPOCH)
                : Instant.EPOCH;
        return own.isAfter(podNotBefore) ? own : podNotBefore;
    }

    PodFacts facts() {
        return new PodFacts(
                podIps, ports.node().addresses(), ports.node().allocatable().get());
    }

    /** Does what is due of the actions; an interruption ends it early and leaves nothing half known. */
    void run(Pod pod, List<ContainerAction> actions, ObservedPod seen) throws InterruptedException {
        Map<String, Path> volumes;
        try {
            if (!actions.isEmpty()) {
                imagesOfVolumes(pod);
            }
            volumes = ports.volumes().prepare(pod, facts());
        } catch (ContainerFailure missing) {
            // every container of the pod waits for it
            later();
            Specs.allContainers(pod)
                    .forEach(c -> waiting.put(
                            c.getName(),
                            new PodRecord.Waiting(missing.reason(), String.valueOf(missing.getMessage()))));
            return;
        } catch (VolumeException notYet) {
            later();
            event(pod, EventSink.Type.WARNING, notYet.reason(), String.valueOf(notYet.getMessage()));
            return;
        }
        String runtime;
        try {
            runtime = handlers.of(pod);
        } catch (ContainerFailure | ObjectUnavailableException unknown) {
            later();
            event(
                    pod,
                    EventSink.Type.WARNING,
                    "FailedCreatePodSandBox",
                    "Failed to create pod sandbox: " + unknown.getMessage());
            return;
        }
        Optional<ObservedContainer> sandbox = seen.sandbox();
        for (ContainerAction action : actions) {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException("the pod ends");
            }
            if (action instanceof ContainerAction.CreateSandbox create) {
                sandbox(pod, create.attempt(), runtime);
            } else if (action instanceof ContainerAction.StartContainer start && sandbox.isPresent()) {
                container(
                        pod,
                        start,
                        new ContainerStarter.Surroundings(sandbox.get().id(), volumes, facts(), seen, runtime));
            }
        }
    }

    /** Once: an image that is pulled whenever it is wanted would be pulled at every look. */
    private void imagesOfVolumes(Pod pod) throws ContainerFailure, InterruptedException {
        if (imagesReady) {
            return;
        }
        for (Volume volume : Objects.requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of())) {
            if (volume.getImage() != null) {
                images.ensure(pod, volume.getImage());
            }
        }
        imagesReady = true;
    }

    private void container(Pod pod, ContainerAction.StartContainer start, ContainerStarter.Surroundings around)
            throws InterruptedException {
        String name = start.container().getName();
        try {
            containers.start(pod, start, around);
            waiting.remove(name);
            notBefore.remove(name);
        } catch (ContainerFailure failure) {
            waiting.put(name, new PodRecord.Waiting(failure.reason(), String.valueOf(failure.getMessage())));
            notBefore.put(name, ports.clock().instant().plus(CONTAINER_RETRY));
            log.atInfo()
                    .setMessage("a container could not be started")
                    .addKeyValue("pod", SandboxSpecs.identity(pod))
                    .addKeyValue("container", name)
                    .addKeyValue("reason", failure.reason())
                    .addKeyValue("why", failure.getMessage())
                    .log();
        }
    }

    private void sandbox(Pod pod, int attempt, @Nullable String runtime) {
        if (!Specs.hostNetwork(pod) && !ports.network().ready()) {
            later();
            event(
                    pod,
                    EventSink.Type.WARNING,
                    "NetworkNotReady",
                    "network is not ready: container runtime network not ready: the node has no pod range yet");
            return;
        }
        String id = null;
        try {
            id = ports.runtime().create(SandboxSpecs.of(pod, ports.node(), attempt, runtime));
            ports.runtime().start(id);
            if (Specs.hostNetwork(pod)) {
                podIps = ports.node().addresses();
            } else {
                Optional<ContainerDetails> details = ports.runtime().inspect(id);
                long pid = details.map(ContainerDetails::pid).orElse(0L);
                PodAddress address =
                        ports.network().attach(SandboxSpecs.identity(pod), pid, SandboxSpecs.hostPorts(pod));
                podIps = List.of(address.ip());
            }
            podRetry = FIRST_POD_RETRY;
            podNotBefore = Instant.EPOCH;
        } catch (RuntimeFailure | PodNetworkException failed) {
            later();
            event(
                    pod,
                    EventSink.Type.WARNING,
                    "FailedCreatePodSandBox",
                    "Failed to create pod sandbox: " + failed.getMessage());
            if (id != null) {
                ports.runtime().remove(id);
            }
        }
    }

    private void later() {
        podNotBefore = ports.clock().instant().plus(podRetry);
        Duration twice = podRetry.multipliedBy(2);
        podRetry = twice.compareTo(LAST_POD_RETRY) > 0 ? LAST_POD_RETRY : twice;
    }

    private void event(Pod pod, EventSink.Type type, String reason, String message) {
        ports.events().record(EventSink.of(pod, null), type, reason, message);
    }
}
