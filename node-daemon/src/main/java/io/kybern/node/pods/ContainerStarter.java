package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.env.ContainerConfigException;
import io.kybern.node.env.Expansion;
import io.kybern.node.env.PodFacts;
import io.kybern.node.events.EventSink;
import io.kybern.node.probes.ProbeOutcome;
import io.kybern.node.probes.ProbeTarget;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Starts one container: image, environment, mounts, create, start, postStart hook. Used by one thread at a time. */
final class ContainerStarter {

    /** A hook has no time limit of its own; a pod that ends interrupts it. */
    private static final Duration HOOK_LIMIT = Duration.ofHours(1);

    private final PodPorts ports;
    private final ImageProvider images;
    private final MountSpecs mounts;

    private volatile @Nullable String hooked;

    ContainerStarter(PodPorts ports, ImageProvider images) {
        this.ports = ports;
        this.images = images;
        this.mounts = new MountSpecs(ports.node());
    }

    /** What the container joins. */
    record Surroundings(
            String sandboxId,
            Map<String, Path> volumes,
            PodFacts facts,
            ObservedPod seen,
            @Nullable String runtime) {}

    void start(Pod pod, ContainerAction.StartContainer action, Surroundings around)
            throws ContainerFailure, InterruptedException {
        Container container = action.container();
        ImageDetails image = image(pod, container);
        ContainerSpec spec = configured(pod, action, around, image);
        if (spec.security().privileged() && !ports.runtime().fullPrivileges()) {
            event(
                    pod,
                    container,
                    EventSink.Type.WARNING,
                    "PrivilegesReduced",
                    "This host does not grant all capabilities: the privileged container runs without CAP_SYS_RESOURCE");
        }
        String id;
        try {
            id = ports.runtime().create(spec);
        } catch (RuntimeFailure refused) {
            throw failed(pod, container, "CreateContainerError", String.valueOf(refused.getMessage()));
        }
        event(pod, container, EventSink.Type.NORMAL, "Created", "Container created");
        hooked = id;
        try {
            try {
                ports.runtime().start(id);
            } catch (RuntimeFailure refused) {
                throw failed(pod, container, "RunContainerError", String.valueOf(refused.getMessage()));
            }
            event(pod, container, EventSink.Type.NORMAL, "Started", "Container started");
            postStart(pod, container, id, around);
        } finally {
            hooked = null;
        }
    }

    /** The container whose start is not done before its postStart hook is, if there is one right now. */
    Optional<String> hooked() {
        return Optional.ofNullable(hooked);
    }

    private ImageDetails image(Pod pod, Container container) throws ContainerFailure, InterruptedException {
        try {
            return images.ensure(pod, container);
        } catch (ContainerFailure missing) {
            event(pod, container, EventSink.Type.WARNING, "Failed", "Error: " + missing.reason());
            throw missing;
        }
    }

    private ContainerSpec configured(
            Pod pod, ContainerAction.StartContainer action, Surroundings around, ImageDetails image)
            throws ContainerFailure {
        Container container = action.container();
        try {
            Map<String, String> environment = ports.environment().of(pod, container, around.facts(), around.volumes());
            List<String> variables = new ArrayList<>();
            environment.forEach((k, v) -> variables.add(k + "=" + v));
            Path directory = ports.volumes().podDirectory(pod.getMetadata().getUid());
            var mountList = mounts.of(
                    pod,
                    container,
                    action.attempt(),
                    around.volumes(),
                    environment,
                    directory,
                    around.facts().podIps());
            var resources = ResourceSpecs.of(pod, container, memoryBytes());
            if (resources.oomScoreAdj() < 0 && !ports.runtime().fullPrivileges()) {
                // the host refuses to shield a process from the memory killer
                resources = new ContainerSpec.Resources(
                        resources.cpuShares(),
                        resources.cpuQuotaMicros(),
                        resources.cpuPeriodMicros(),
                        resources.memoryBytes(),
                        0);
            }
            return new ContainerSpec(
                    SandboxSpecs.name(pod, container.getName(), action.attempt()),
                    image.id().isEmpty() ? ImageProvider.withTag(container.getImage()) : image.id(),
                    expanded(container.getCommand(), environment),
                    arguments(container, environment),
                    variables,
                    blankToNull(container.getWorkingDir()),
                    PodLabels.container(pod, ports.node().name(), action, around.sandboxId(), image),
                    mountList,
                    DeviceSpecs.of(pod, container, around.volumes()),
                    namespaces(pod, container, around),
                    SecuritySpecs.of(pod, container, image, ports.node().profiles(), () -> accounts(image)),
                    resources,
                    new ContainerSpec.Console(
                            Boolean.TRUE.equals(container.getTty()),
                            Boolean.TRUE.equals(container.getStdin()),
                            Boolean.TRUE.equals(container.getStdinOnce())),
                    around.runtime(),
                    ports.groups().ensure(PodGroupSpecs.of(pod)).orElse(null));
        } catch (RuntimeFailure unknown) {
            throw failed(pod, container, "CreateContainerConfigError", String.valueOf(unknown.getMessage()));
        } catch (ContainerConfigException missing) {
            throw failed(pod, container, "CreateContainerConfigError", String.valueOf(missing.getMessage()));
        } catch (ContainerFailure known) {
            event(pod, container, EventSink.Type.WARNING, "Failed", "Error: " + known.getMessage());
            throw known;
        }
    }

    private ImageAccounts accounts(ImageDetails image) {
        return ImageAccounts.of(ports.runtime().imageLayers(image.id()));
    }

    private long memoryBytes() {
        return QosClass.amount(ports.node().allocatable().get().get("memory")).longValue();
    }

    private static ContainerSpec.Namespaces namespaces(Pod pod, Container container, Surroundings around)
            throws ContainerFailure {
        String joined = "container:" + around.sandboxId();
        String pid = null;
        if (Boolean.TRUE.equals(pod.getSpec().getHostPID())) {
            pid = "host";
        } else if (Boolean.TRUE.equals(pod.getSpec().getShareProcessNamespace())) {
            pid = joined;
        } else {
            Optional<String> target = Specs.debugged(pod, container.getName());
            if (target.isPresent()) {
                pid = "container:" + running(around.seen(), target.get());
            }
        }
        String ipc = Boolean.TRUE.equals(pod.getSpec().getHostIPC()) ? "host" : joined;
        return new ContainerSpec.Namespaces(Specs.hostNetwork(pod) ? "host" : joined, ipc, pid, null, null);
    }

    private static String running(ObservedPod seen, String name) throws ContainerFailure {
        return seen.current(name)
                .filter(ObservedContainer::running)
                .map(ObservedContainer::id)
                .orElseThrow(() -> ContainerFailure.of(
                        "CreateContainerConfigError", "target container \"" + name + "\" is not running"));
    }

    /** Arguments replace the image's; a command alone means that the image's arguments are not used either. */
    private static @Nullable List<String> arguments(Container container, Map<String, String> environment) {
        List<String> own = expanded(container.getArgs(), environment);
        boolean command =
                container.getCommand() != null && !container.getCommand().isEmpty();
        return own == null && command ? List.of() : own;
    }

    private static @Nullable List<String> expanded(@Nullable List<String> words, Map<String, String> environment) {
        return words == null || words.isEmpty()
                ? null
                : words.stream().map(w -> Expansion.expand(w, environment::get)).toList();
    }

    private void postStart(Pod pod, Container container, String id, Surroundings around)
            throws ContainerFailure, InterruptedException {
        var lifecycle = container.getLifecycle();
        if (lifecycle == null || lifecycle.getPostStart() == null) {
            return;
        }
        String ip = around.facts().podIps().isEmpty()
                ? "127.0.0.1"
                : around.facts().podIps().getFirst();
        ProbeOutcome outcome =
                ports.prober().hook(lifecycle.getPostStart(), new ProbeTarget(container, id, ip), HOOK_LIMIT);
        if (!outcome.good()) {
            event(pod, container, EventSink.Type.WARNING, "FailedPostStartHook", "PostStartHook failed");
            event(pod, container, EventSink.Type.NORMAL, "Killing", "FailedPostStartHook");
            ports.runtime().signal(id, "SIGKILL");
            throw ContainerFailure.of("PostStartHookError", "PostStart hook failed: " + outcome.message());
        }
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }

    private ContainerFailure failed(Pod pod, Container container, String reason, String message) {
        event(pod, container, EventSink.Type.WARNING, "Failed", "Error: " + message);
        return ContainerFailure.of(reason, message);
    }

    private void event(Pod pod, Container container, EventSink.Type type, String reason, String message) {
        ports.events().record(EventSink.of(pod, Specs.fieldPath(pod, container)), type, reason, message);
    }
}
