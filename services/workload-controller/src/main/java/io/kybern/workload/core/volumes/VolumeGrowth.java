package io.kybern.workload.core.volumes;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.recorder.EventRecorder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a bound claim that asks for more: a volume that was made here grows at once, since a directory has no size; others wait for
 * somebody who can do it. See "Expanding Persistent Volumes Claims" in the Kubernetes documentation.
 */
final class VolumeGrowth {

    private static final String STORAGE = "storage";

    private final VolumeAccess access;
    private final WriteFence fence;
    private final EventRecorder recorder;

    VolumeGrowth(VolumeAccess access, WriteFence fence, EventRecorder recorder) {
        this.access = access;
        this.fence = fence;
        this.recorder = recorder;
    }

    /** The volume, as large as the claim wants it if that can be had. */
    PersistentVolume grown(PersistentVolumeClaim claim, PersistentVolume volume) {
        Quantity wanted = amount(
                claim.getSpec().getResources() == null
                        ? null
                        : claim.getSpec().getResources().getRequests());
        Quantity present = amount(volume.getSpec().getCapacity());
        if (wanted == null || present == null || !isMore(wanted, present)) {
            return volume;
        }
        if (!LocalProvisioner.made(volume)) {
            recorder.normal(claim, "ExternalExpanding", "waiting for an external controller to expand this PVC");
            return volume;
        }
        var written = access.writes()
                .volumes()
                .update(new PersistentVolumeBuilder(volume)
                        .editSpec()
                        .addToCapacity(STORAGE, wanted)
                        .endSpec()
                        .build());
        fence.wrote(ObjectKeys.of(claim), access.volumes(), written.revision());
        recorder.normal(claim, "VolumeResizeSuccessful", "Resize volume succeeded");
        return written.object();
    }

    private static @Nullable Quantity amount(@Nullable Map<String, Quantity> amounts) {
        return amounts == null ? null : amounts.get(STORAGE);
    }

    private static boolean isMore(Quantity one, Quantity other) {
        return io.kybern.api.Quantity.parse(one.toString()).compareTo(io.kybern.api.Quantity.parse(other.toString()))
                > 0;
    }
}
