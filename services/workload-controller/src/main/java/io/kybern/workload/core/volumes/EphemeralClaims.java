package io.kybern.workload.core.volumes;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimTemplate;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.model.Owners;
import io.kybern.controller.recorder.EventRecorder;
import java.util.Optional;

/**
 * Makes the claims of volumes that live as long as their pod; see "Generic ephemeral volumes" in the Kubernetes documentation. The
 * pod owns them, so the garbage collector takes them away after it.
 */
public final class EphemeralClaims implements Reconciler {

    private final VolumeAccess access;
    private final WriteFence fence;
    private final EventRecorder recorder;

    /** @param fence where own writes are noted */
    public EphemeralClaims(VolumeAccess access, WriteFence fence, EventRecorder recorder) {
        this.access = access;
        this.fence = fence;
        this.recorder = recorder;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Pod> pod = access.pods().get(key).filter(found -> !Owners.isTerminating(found));
        if (pod.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        for (Volume volume : pod.get().getSpec().getVolumes()) {
            if (volume.getEphemeral() != null && volume.getEphemeral().getVolumeClaimTemplate() != null) {
                claim(key, pod.get(), volume);
            }
        }
        return Outcome.done();
    }

    private void claim(ObjectKey key, Pod pod, Volume volume) {
        ObjectKey name = new ObjectKey(key.namespace(), key.name() + "-" + volume.getName());
        Optional<PersistentVolumeClaim> found = access.claims().get(name);
        if (found.isPresent()) {
            if (!belongsTo(found.get(), pod)) {
                IllegalStateException foreign = new IllegalStateException(
                        "PVC \"%s\" was not created for pod \"%s\" (pod is not owner)".formatted(name, key));
                tell(pod, volume, String.valueOf(foreign.getMessage()));
                throw foreign;
            }
            return;
        }
        try {
            var written = access.writes().claims().create(wanted(name, pod, volume));
            fence.wrote(key, access.claims(), written.revision());
        } catch (ApiFailure failure) {
            tell(pod, volume, "create PVC %s: %s".formatted(name.name(), failure.getMessage()));
            throw failure;
        }
    }

    private void tell(Pod pod, Volume volume, String why) {
        recorder.warning(pod, "FailedBinding", "ephemeral volume %s: %s".formatted(volume.getName(), why));
    }

    private static boolean belongsTo(PersistentVolumeClaim claim, Pod pod) {
        return Owners.controllerOf(claim)
                .filter(owner -> owner.getUid().equals(pod.getMetadata().getUid()))
                .isPresent();
    }

    private static PersistentVolumeClaim wanted(ObjectKey name, Pod pod, Volume volume) {
        PersistentVolumeClaimTemplate template = volume.getEphemeral().getVolumeClaimTemplate();
        ObjectMeta metadata = template.getMetadata();
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace(name.namespace())
                .withName(name.name())
                .withLabels(metadata == null ? null : metadata.getLabels())
                .withAnnotations(metadata == null ? null : metadata.getAnnotations())
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .endOwnerReference()
                .endMetadata()
                .withSpec(template.getSpec())
                .build();
    }
}
