package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import java.util.List;
import java.util.Optional;

/** Lets a volume go when it is bound to no claim; see "Storage Object in Use Protection" in the Kubernetes documentation. */
public final class VolumeProtection implements Reconciler {

    private static final String FINALIZER = "kubernetes.io/pv-protection";

    private final VolumeAccess access;
    private final WriteFence fence;

    /** @param fence where own writes are noted */
    public VolumeProtection(VolumeAccess access, WriteFence fence) {
        this.access = access;
        this.fence = fence;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<PersistentVolume> found = access.volumes().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        PersistentVolume volume = found.get();
        List<String> finalizers = requireNonNullElse(volume.getMetadata().getFinalizers(), List.of());
        boolean kept = finalizers.contains(FINALIZER);
        boolean bound =
                volume.getStatus() != null && "Bound".equals(volume.getStatus().getPhase());
        if (Owners.isTerminating(volume)) {
            if (kept && !bound) {
                write(new PersistentVolumeBuilder(volume)
                        .editMetadata()
                        .removeFromFinalizers(FINALIZER)
                        .endMetadata()
                        .build());
            }
        } else if (!kept) {
            write(new PersistentVolumeBuilder(volume)
                    .editMetadata()
                    .addToFinalizers(FINALIZER)
                    .endMetadata()
                    .build());
        }
        return Outcome.done();
    }

    private void write(PersistentVolume volume) {
        try {
            var written = access.writes().volumes().update(volume);
            fence.wrote(ObjectKeys.of(volume), access.volumes(), written.revision());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
    }
}
