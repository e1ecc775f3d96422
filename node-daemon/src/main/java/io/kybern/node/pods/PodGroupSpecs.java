package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.cgroups.PodGroup;
import java.util.Map;

/**
 * What all containers of a pod may have together: what it asks for as a whole, or the sum of what they ask for; a limit where each of them
 * has one. See <a href="https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/">quality of service classes</a> and
 * <a href="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/">pod overhead</a>.
 */
final class PodGroupSpecs {

    private PodGroupSpecs() {}

    static PodGroup of(Pod pod) {
        String uid = pod.getMetadata().getUid();
        return switch (QosClass.of(pod)) {
            case GUARANTEED -> new PodGroup(uid, PodGroup.Tier.GUARANTEED, limits(pod));
            case BURSTABLE -> new PodGroup(uid, PodGroup.Tier.BURSTABLE, limits(pod));
            case BEST_EFFORT ->
                new PodGroup(uid, PodGroup.Tier.BEST_EFFORT, new PodGroup.Limits(ResourceSpecs.LEAST_SHARES, 0, 0));
        };
    }

    private static PodGroup.Limits limits(Pod pod) {
        Map<String, Quantity> requests = PodRequests.requests(pod);
        Map<String, Quantity> limits = PodRequests.limits(pod);
        limits.keySet().removeIf(name -> !PodRequests.bounded(pod, name));
        return new PodGroup.Limits(
                ResourceSpecs.shares(ResourceSpecs.milli(requests.get("cpu"))),
                ResourceSpecs.quotaMicros(ResourceSpecs.milli(limits.get("cpu"))),
                ResourceSpecs.bytes(limits.get("memory")));
    }
}
