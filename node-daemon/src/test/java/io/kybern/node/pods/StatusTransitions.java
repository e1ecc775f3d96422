package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the API server refuses in statuses: that a container runs again which has ended for good. Rules of single exit codes are left out. */
final class StatusTransitions {

    private StatusTransitions() {}

    static boolean refused(Pod pod, @Nullable PodStatus before, PodStatus after) {
        if (before == null
                || Stream.concat(pod.getSpec().getContainers().stream(), Specs.initContainers(pod).stream())
                        .anyMatch(container ->
                                !orEmpty(container.getRestartPolicyRules()).isEmpty())) {
            return false;
        }
        return Stream.concat(
                        again(before.getContainerStatuses(), after.getContainerStatuses()),
                        again(before.getInitContainerStatuses(), after.getInitContainerStatuses()))
                .anyMatch(ended -> !startsAgain(pod, ended));
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return Objects.requireNonNullElse(list, List.of());
    }

    /** Those that had ended and have not any more. */
    private static Stream<ContainerStatus> again(
            @Nullable List<ContainerStatus> before, @Nullable List<ContainerStatus> after) {
        return orEmpty(before).stream()
                .filter(was -> terminated(was) != null
                        && orEmpty(after).stream()
                                .anyMatch(is -> is.getName().equals(was.getName()) && terminated(is) == null));
    }

    private static @Nullable ContainerStateTerminated terminated(ContainerStatus status) {
        return status.getState() == null ? null : status.getState().getTerminated();
    }

    private static boolean startsAgain(Pod pod, ContainerStatus ended) {
        String own = Specs.container(pod, ended.getName())
                .map(Container::getRestartPolicy)
                .orElse(null);
        String policy = own == null ? pod.getSpec().getRestartPolicy() : own;
        return switch (policy == null ? "Always" : policy) {
            case "Never" -> false;
            case "OnFailure" -> ended.getState().getTerminated().getExitCode() != 0;
            default -> true;
        };
    }
}
