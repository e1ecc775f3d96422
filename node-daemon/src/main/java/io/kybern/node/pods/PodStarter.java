package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.env.ContainerConfigException;
import io.kybern.node.env.PodFacts;
import io.kybern.node.events.EventSink;
import io.kybern.node.network.PodAddress;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.volumes.VolumeException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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

    PodStarter(PodPorts ports, ImagePulls pulls) {
        this.ports = ports;
        this.handlers = new RuntimeHandlers(ports.objects(), ports.runtime());
        this.images = new ImageProvider(ports, pulls);
        this.containers = new ContainerStarter(ports, images);
    }

    List<String> podIps() {
        return podIps;
    }

    /**
     * After a restart of this process: the address that the pod has. Where nothing of the pod but its sandbox was made it may be only half
     * there; then the next start makes sure of it.
     */
    void adopt(Pod pod, ObservedPod observed) {
        if (!podIps.isEmpty() || observed.sandbox().isEmpty()) {
            return;
        }
        ports.groups().ensure(PodGroupSpecs.of(pod));
        if (Specs.hostNetwork(pod)) {
            podIps = ports.node().addresses();
        } else if (!observed.containers().isEmpty()) {
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

    private PodFacts facts(Pod pod) {
        return new PodFacts(
                podIps,
                ports.node().addresses(),
                ports.node().allocatable().get(),
                PodGroupSpecs.of(pod).limits().memoryBytes());
    }

    /**
     * Does what is due of the actions; an interruption ends it early and leaves nothing half known. What nobody expected is not tried
     * again at once either, because it would only fail again.
     */
    void run(Pod pod, List<ContainerAction> actions, ObservedPod seen) throws InterruptedException {
        boolean expected = false;
        try {
            take(pod, actions, seen);
            expected = true;
        } finally {
            if (!expected) {
                later();
            }
        }
    }

    private void take(Pod pod, List<ContainerAction> actions, ObservedPod seen) throws InterruptedException {
        Map<String, Path> volumes;
        try {
            if (!actions.isEmpty()) {
                imagesOfVolumes(pod);
            }
            volumes = ports.volumes().prepare(pod, facts(pod));
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
            notYet.all()
                    .forEach(each ->
                            event(pod, EventSink.Type.WARNING, each.reason(), String.valueOf(each.getMessage())));
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
        if (!actions.isEmpty() && podIps.isEmpty() && sandbox.isPresent() && !rejoined(pod, sandbox.get())) {
            return;
        }
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
                        new ContainerStarter.Surroundings(sandbox.get().id(), volumes, facts(pod), seen, runtime));
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
        if (!Specs.hostNetwork(pod) && !networkReady(pod)) {
            return;
        }
        String id = null;
        try {
            var place = new SandboxSpecs.Place(
                    runtime,
                    ports.groups().ensure(PodGroupSpecs.of(pod)).orElse(null),
                    ports.runtime().fullPrivileges());
            id = ports.runtime().create(SandboxSpecs.of(pod, ports.node(), attempt, place));
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
        } catch (RuntimeException | ContainerConfigException failed) {
            // whatever it was: a sandbox without its network is of no use
            failedSandbox(pod, failed);
            if (id != null) {
                ports.runtime().remove(id);
            }
        }
    }

    private boolean networkReady(Pod pod) {
        boolean ready = ports.network().ready();
        if (!ready) {
            later();
            event(
                    pod,
                    EventSink.Type.WARNING,
                    "NetworkNotReady",
                    "network is not ready: container runtime network not ready: the node has no pod range yet");
        }
        return ready;
    }

    /** Makes sure of the network of a sandbox that another process made: it may have died before that was done. */
    private boolean rejoined(Pod pod, ObservedContainer sandbox) {
        if (!networkReady(pod)) {
            return false;
        }
        try {
            PodAddress address = ports.network()
                    .attach(SandboxSpecs.identity(pod), sandbox.details().pid(), SandboxSpecs.hostPorts(pod));
            podIps = List.of(address.ip());
            podRetry = FIRST_POD_RETRY;
            podNotBefore = Instant.EPOCH;
            return true;
        } catch (RuntimeException failed) {
            failedSandbox(pod, failed);
            return false;
        }
    }

    private void failedSandbox(Pod pod, Exception failed) {
        later();
        event(
                pod,
                EventSink.Type.WARNING,
                "FailedCreatePodSandBox",
                "Failed to create pod sandbox: " + failed.getMessage());
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
