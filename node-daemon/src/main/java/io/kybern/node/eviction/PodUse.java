package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;

/**
 * What one pod uses of one resource.
 *
 * @param pod the pod
 * @param containers by name
 */
record PodUse(Pod pod, Map<String, Long> containers) {

    PodUse {
        containers = Map.copyOf(containers);
    }

    long total() {
        return containers.values().stream().mapToLong(Long::longValue).sum();
    }
}
