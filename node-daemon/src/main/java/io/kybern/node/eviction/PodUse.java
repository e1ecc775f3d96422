package io.kybern.node.eviction;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;

/**
 * What one pod uses of one resource.
 *
 * @param pod the pod
 * @param containers what each takes, by name
 * @param inVolumes what the pod's own volumes take beside that
 */
record PodUse(Pod pod, Map<String, Long> containers, long inVolumes) {

    PodUse {
        containers = Map.copyOf(containers);
    }

    long total() {
        return inVolumes
                + containers.values().stream().mapToLong(Long::longValue).sum();
    }
}
