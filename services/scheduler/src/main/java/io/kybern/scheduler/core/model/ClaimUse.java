package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.api.ObjectKey;
import java.util.ArrayList;
import java.util.List;

/**
 * A claim that a pod names among its volumes.
 *
 * @param key namespace and name of the claim
 * @param ephemeral whether the claim is made for this pod alone; see "Ephemeral Volumes" in the Kubernetes documentation
 */
public record ClaimUse(ObjectKey key, boolean ephemeral) {

    static List<ClaimUse> of(Pod pod) {
        List<ClaimUse> uses = new ArrayList<>();
        String namespace = pod.getMetadata().getNamespace();
        for (Volume volume : pod.getSpec().getVolumes()) {
            if (volume.getPersistentVolumeClaim() != null) {
                String name = volume.getPersistentVolumeClaim().getClaimName();
                uses.add(new ClaimUse(new ObjectKey(namespace, name), false));
            } else if (volume.getEphemeral() != null) {
                String name = pod.getMetadata().getName() + "-" + volume.getName();
                uses.add(new ClaimUse(new ObjectKey(namespace, name), true));
            }
        }
        return List.copyOf(uses);
    }
}
