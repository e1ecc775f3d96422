package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/**
 * What is scaled.
 *
 * @param scale its scale
 * @param pods those that its selector finds
 */
record Target(String namespace, ScaleTargets.Scale scale, List<Pod> pods) {

    Target {
        pods = List.copyOf(pods);
    }
}
