package io.kybern.node.server;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why there is no log of a container, as kubelets word it. Pure. */
final class MissingLogs {

    private static final Set<String> PULLING = Set.of("ErrImagePull", "ImagePullBackOff");

    private MissingLogs() {}

    static String words(Pod pod, String container, boolean previous) {
        String name = pod.getMetadata().getName();
        if (previous) {
            return "previous terminated container \"%s\" in pod \"%s\" not found".formatted(container, name);
        }
        Optional<ContainerStatus> status = status(pod.getStatus(), container);
        Optional<String> ended = status.filter(
                        s -> s.getState() != null && s.getState().getTerminated() != null)
                .map(ContainerStatus::getContainerID)
                .filter(id -> !id.isEmpty());
        if (ended.isPresent()) {
            return "unable to retrieve container logs for " + ended.get();
        }
        String reason = status.map(ContainerStatus::getState)
                .filter(state -> state.getWaiting() != null)
                .map(state -> state.getWaiting().getReason())
                .orElse("ContainerCreating");
        return "container \"%s\" in pod \"%s\" is waiting to start: %s"
                .formatted(container, name, PULLING.contains(reason) ? "trying and failing to pull image" : reason);
    }

    private static Optional<ContainerStatus> status(@Nullable PodStatus status, String container) {
        return status == null
                ? Optional.empty()
                : Stream.of(
                                status.getInitContainerStatuses(),
                                status.getContainerStatuses(),
                                status.getEphemeralContainerStatuses())
                        .flatMap(List::stream)
                        .filter(each -> each.getName().equals(container))
                        .findFirst();
    }
}
