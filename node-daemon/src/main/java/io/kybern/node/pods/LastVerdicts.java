package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.kybern.node.probes.PodProbes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the API object says of the probes of a container, so that a new process does not begin them anew. Pure. */
final class LastVerdicts {

    private LastVerdicts() {}

    /** What is said of this very instance; null if nothing is. */
    static PodProbes.@Nullable Verdicts of(Pod pod, ObservedContainer c) {
        PodStatus last = pod.getStatus();
        if (last == null) {
            return null;
        }
        List<ContainerStatus> all = new ArrayList<>(last.getContainerStatuses());
        all.addAll(last.getInitContainerStatuses());
        return all.stream()
                .filter(s -> ("docker://" + c.id()).equals(s.getContainerID()))
                .findFirst()
                .map(s -> new PodProbes.Verdicts(
                        Boolean.TRUE.equals(s.getStarted()), Boolean.TRUE.equals(s.getReady()), null))
                .orElse(null);
    }
}
