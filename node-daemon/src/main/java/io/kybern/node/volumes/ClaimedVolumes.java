package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.ReferencedObjects;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds the persistent volume behind a claim that a pod names or has made for itself. A pod waits until its claim is bound. See
 * <a href="https://kubernetes.io/docs/concepts/storage/persistent-volumes/">persistent volumes</a>.
 */
final class ClaimedVolumes {

    private final ReferencedObjects objects;

    ClaimedVolumes(ReferencedObjects objects) {
        this.objects = objects;
    }

    /** The claim that a volume of the pod stands for; empty for volumes of other kinds. */
    static Optional<String> claimName(Pod pod, Volume volume) {
        if (volume.getPersistentVolumeClaim() != null) {
            return Optional.of(volume.getPersistentVolumeClaim().getClaimName());
        }
        return volume.getEphemeral() == null
                ? Optional.empty()
                : Optional.of(pod.getMetadata().getName() + "-" + volume.getName());
    }

    /** The volume to which the claim is bound. */
    PersistentVolume find(Pod pod, Volume volume, String claimName) throws VolumeException {
        String namespace = pod.getMetadata().getNamespace();
        String key = namespace + "/" + claimName;
        try {
            PersistentVolumeClaim claim = objects.claim(namespace, claimName)
                    .orElseThrow(() -> VolumeException.notYet(
                            volume.getName(),
                            key,
                            "failed to fetch PVC from API server: persistentvolumeclaims \"" + claimName
                                    + "\" not found"));
            if (claim.getMetadata().getDeletionTimestamp() != null) {
                throw VolumeException.notYet(volume.getName(), key, "PVC is being deleted");
            }
            if (volume.getEphemeral() != null && !ownedBy(claim.getMetadata(), pod)) {
                throw VolumeException.notYet(
                        volume.getName(),
                        key,
                        "PVC " + key + " was not created for pod " + namespace + "/"
                                + pod.getMetadata().getName() + " (pod is not owner)");
            }
            String name = Objects.requireNonNullElse(claim.getSpec().getVolumeName(), "");
            boolean bound = claim.getStatus() != null
                    && "Bound".equals(claim.getStatus().getPhase());
            if (name.isEmpty() || !bound) {
                throw VolumeException.notYet(volume.getName(), key, "PVC is not bound");
            }
            return checked(
                    volume,
                    key,
                    claim,
                    objects.persistentVolume(name)
                            .orElseThrow(() -> VolumeException.notYet(
                                    volume.getName(),
                                    key,
                                    "failed to fetch PV \"" + name + "\" from API server: not found")));
        } catch (ObjectUnavailableException unreachable) {
            throw VolumeException.setUp(volume.getName(), unreachable);
        }
    }

    private static PersistentVolume checked(
            Volume volume, String key, PersistentVolumeClaim claim, PersistentVolume found) throws VolumeException {
        ObjectReference claimedBy = found.getSpec().getClaimRef();
        if (claimedBy == null
                || !Objects.equals(claimedBy.getUid(), claim.getMetadata().getUid())) {
            throw VolumeException.notYet(volume.getName(), key, "PV is bound to another claim");
        }
        return found;
    }

    private static boolean ownedBy(ObjectMeta claim, Pod pod) {
        return Objects.requireNonNullElse(claim.getOwnerReferences(), List.<OwnerReference>of()).stream()
                .anyMatch(owner -> owner.getUid().equals(pod.getMetadata().getUid()));
    }
}
