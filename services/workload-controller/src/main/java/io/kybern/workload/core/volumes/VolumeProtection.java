package io.kybern.workload.core.volumes;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;

/** Lets a volume go when it is bound to no claim; see "Storage Object in Use Protection" in the Kubernetes documentation. */
public final class VolumeProtection implements Reconciler {

    private static final String FINALIZER = "kubernetes.io/pv-protection";

    private final FinalizerGuard<PersistentVolume> guard;

    /** @param fence where own writes are noted */
    public VolumeProtection(VolumeAccess access, WriteFence fence) {
        this.guard = new FinalizerGuard<>(
                FINALIZER,
                access.volumes(),
                access.writes().volumes(),
                fence,
                (object, finalizers) -> new PersistentVolumeBuilder(object)
                        .editMetadata()
                        .withFinalizers(finalizers)
                        .endMetadata()
                        .build());
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        return guard.reconcile(key, VolumeProtection::isBound);
    }

    private static boolean isBound(PersistentVolume volume) {
        return volume.getStatus() != null && "Bound".equals(volume.getStatus().getPhase());
    }
}
