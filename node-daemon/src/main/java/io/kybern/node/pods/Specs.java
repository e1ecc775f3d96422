package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a pod's spec with the defaults that Kubernetes gives. */
final class Specs {

    /** What Kubernetes grants a container to end when the pod does not say. */
    static final long DEFAULT_GRACE_SECONDS = 30;

    private Specs() {}

    /** When an ended container is started again. */
    enum RestartPolicy {
        ALWAYS,
        ON_FAILURE,
        NEVER;

        static RestartPolicy of(@Nullable String word) {
            return switch (word == null ? "Always" : word) {
                case "Never" -> NEVER;
                case "OnFailure" -> ON_FAILURE;
                default -> ALWAYS;
            };
        }
    }

    static RestartPolicy restartPolicy(Pod pod) {
        return RestartPolicy.of(pod.getSpec().getRestartPolicy());
    }

    static List<Container> initContainers(Pod pod) {
        List<Container> list = pod.getSpec().getInitContainers();
        return list == null ? List.of() : list;
    }

    static List<Container> allContainers(Pod pod) {
        List<Container> all = new ArrayList<>(initContainers(pod));
        all.addAll(pod.getSpec().getContainers());
        return all;
    }

    /** Ephemeral containers in the form of the others; their target is read with {@link #debugged}. */
    static List<Container> ephemeralContainers(Pod pod) {
        List<EphemeralContainer> list = pod.getSpec().getEphemeralContainers();
        return list == null ? List.of() : list.stream().map(Specs::asContainer).toList();
    }

    private static Container asContainer(EphemeralContainer e) {
        return new ContainerBuilder()
                .withName(e.getName())
                .withImage(e.getImage())
                .withImagePullPolicy(e.getImagePullPolicy())
                .withCommand(e.getCommand())
                .withArgs(e.getArgs())
                .withWorkingDir(e.getWorkingDir())
                .withEnv(e.getEnv())
                .withEnvFrom(e.getEnvFrom())
                .withResources(e.getResources())
                .withVolumeMounts(e.getVolumeMounts())
                .withVolumeDevices(e.getVolumeDevices())
                .withSecurityContext(e.getSecurityContext())
                .withStdin(e.getStdin())
                .withStdinOnce(e.getStdinOnce())
                .withTty(e.getTty())
                .withTerminationMessagePath(e.getTerminationMessagePath())
                .withTerminationMessagePolicy(e.getTerminationMessagePolicy())
                .build();
    }

    /** The container whose processes an ephemeral container wants to see. */
    static Optional<String> debugged(Pod pod, String ephemeral) {
        List<EphemeralContainer> list = pod.getSpec().getEphemeralContainers();
        return list == null
                ? Optional.empty()
                : list.stream()
                        .filter(e -> e.getName().equals(ephemeral))
                        .map(EphemeralContainer::getTargetContainerName)
                        .filter(name -> name != null && !name.isEmpty())
                        .findFirst();
    }

    static boolean isSidecar(Container container) {
        return "Always".equals(container.getRestartPolicy());
    }

    static ContainerKind kind(Pod pod, Container container) {
        for (Container init : initContainers(pod)) {
            if (init.getName().equals(container.getName())) {
                return isSidecar(init) ? ContainerKind.SIDECAR : ContainerKind.INIT;
            }
        }
        boolean ephemeral =
                ephemeralContainers(pod).stream().anyMatch(e -> e.getName().equals(container.getName()));
        return ephemeral ? ContainerKind.EPHEMERAL : ContainerKind.APP;
    }

    static Optional<Container> container(Pod pod, String name) {
        return Stream.concat(allContainers(pod).stream(), ephemeralContainers(pod).stream())
                .filter(c -> c.getName().equals(name))
                .findFirst();
    }

    static String fieldPath(Pod pod, Container container) {
        String list =
                switch (kind(pod, container)) {
                    case INIT, SIDECAR -> "initContainers";
                    case EPHEMERAL -> "ephemeralContainers";
                    case APP, SANDBOX -> "containers";
                };
        return "spec." + list + "{" + container.getName() + "}";
    }

    static boolean hostNetwork(Pod pod) {
        return Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
    }

    static boolean deletionAsked(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    /** How long the pod may take to end: what the deletion says, else what the spec says. */
    static long graceSeconds(Pod pod) {
        Long asked = pod.getMetadata().getDeletionGracePeriodSeconds();
        if (deletionAsked(pod) && asked != null) {
            return asked;
        }
        Long wanted = pod.getSpec().getTerminationGracePeriodSeconds();
        return wanted == null ? DEFAULT_GRACE_SECONDS : wanted;
    }

    static boolean terminalPhase(Pod pod) {
        return terminalPhase(pod.getStatus());
    }

    static boolean terminalPhase(@Nullable PodStatus status) {
        String phase = status == null ? null : status.getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    static @Nullable Instant startTime(Pod pod) {
        PodStatus status = pod.getStatus();
        String text = status == null ? null : status.getStartTime();
        return text == null ? null : Instant.parse(text);
    }
}
