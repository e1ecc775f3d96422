package io.kybern.workload.core.autoscaling;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What pods request of a resource. */
final class PodRequests {

    private PodRequests() {}

    /**
     * By pod, in thousandths.
     *
     * @param container only of that container; empty for whole pods
     * @throws MetricsSource.Unavailable if a container requests nothing, so that no part of it can be used
     */
    static Map<String, Long> of(Collection<Pod> pods, String resource, String container) {
        Map<String, Long> requests = new HashMap<>();
        for (Pod pod : pods) {
            long sum = 0;
            for (Container each : running(pod)) {
                if (container.isEmpty() || container.equals(each.getName())) {
                    sum += request(pod, each, resource);
                }
            }
            requests.put(pod.getMetadata().getName(), sum);
        }
        return requests;
    }

    /** The containers that run as long as the pod does. */
    private static List<Container> running(Pod pod) {
        List<Container> containers = new ArrayList<>(pod.getSpec().getContainers());
        requireNonNullElse(pod.getSpec().getInitContainers(), List.<Container>of()).stream()
                .filter(each -> "Always".equals(each.getRestartPolicy()))
                .forEach(containers::add);
        return containers;
    }

    private static long request(Pod pod, Container container, String resource) {
        Map<String, Quantity> requests = container.getResources() == null
                ? Map.of()
                : requireNonNullElse(container.getResources().getRequests(), Map.of());
        Quantity request = requests.get(resource);
        if (request == null) {
            throw MetricsSource.Unavailable.because("missing request for %s in container %s of Pod %s"
                    .formatted(resource, container.getName(), pod.getMetadata().getName()));
        }
        return Finding.milli(request);
    }
}
