package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeStatus;
import io.fabric8.kubernetes.api.model.PersistentVolumeStatusBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.recorder.EventRecorder;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says what has become of each volume, and what becomes of one whose claim is gone; see "Persistent Volumes: Reclaiming" in the
 * Kubernetes documentation. Nothing here knows how to delete what is on a volume: where that is asked for, the volume fails as it
 * does in Kubernetes without a driver.
 */
public final class VolumeReconciler implements Reconciler {

    private final VolumeAccess access;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;

    /** @param fence where own writes are noted */
    public VolumeReconciler(VolumeAccess access, WriteFence fence, EventRecorder recorder, Clock clock) {
        this.access = access;
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<PersistentVolume> found = access.volumes().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        PersistentVolume volume = found.get();
        try {
            judge(volume, volume.getSpec().getClaimRef());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
        return Outcome.done();
    }

    private void judge(PersistentVolume volume, @Nullable ObjectReference reference) {
        if (reference == null || requireNonNullElse(reference.getUid(), "").isEmpty()) {
            status(volume, "Available", null);
            return;
        }
        ObjectKey key = new ObjectKey(reference.getNamespace(), reference.getName());
        if (lives(access.claims().get(key), reference)) {
            boolean named = access.claims()
                    .get(key)
                    .map(claim -> volume.getMetadata()
                            .getName()
                            .equals(claim.getSpec().getVolumeName()))
                    .orElse(false);
            if (named) {
                status(volume, "Bound", null);
            }
            return;
        }
        // a cache may not show a new claim yet, and what is released never comes back
        if (!lives(access.writes().claims().get(key), reference)) {
            release(volume);
        }
    }

    private static boolean lives(Optional<PersistentVolumeClaim> claim, ObjectReference reference) {
        return claim.map(found -> found.getMetadata().getUid().equals(reference.getUid()))
                .orElse(false);
    }

    private void release(PersistentVolume volume) {
        String policy = requireNonNullElse(volume.getSpec().getPersistentVolumeReclaimPolicy(), "Retain");
        String present = volume.getStatus() == null
                ? ""
                : requireNonNullElse(volume.getStatus().getPhase(), "");
        if (policy.equals("Retain")) {
            status(volume, "Released", null);
        } else if (!present.equals("Failed")) {
            String why = (policy.equals("Delete")
                            ? "error getting deleter volume plugin for volume \"%s\": no deletable volume plugin matched"
                            : "error getting recycler volume plugin for volume \"%s\": no recyclable volume plugin matched")
                    .formatted(volume.getMetadata().getName());
            status(volume, "Failed", why);
            recorder.warning(volume, policy.equals("Delete") ? "VolumeFailedDelete" : "VolumeFailedRecycle", why);
        }
    }

    private void status(PersistentVolume volume, String phase, @Nullable String message) {
        PersistentVolumeStatus before = volume.getStatus();
        boolean same = before != null
                && phase.equals(before.getPhase())
                && requireNonNullElse(message, "").equals(requireNonNullElse(before.getMessage(), ""));
        if (same) {
            return;
        }
        boolean moves = before == null || !phase.equals(before.getPhase());
        PersistentVolumeStatusBuilder status =
                before == null ? new PersistentVolumeStatusBuilder() : new PersistentVolumeStatusBuilder(before);
        status.withPhase(phase).withMessage(message);
        if (moves) {
            status.withLastPhaseTransitionTime(
                    clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        }
        var written = access.writes()
                .volumes()
                .updateStatus(new PersistentVolumeBuilder(volume)
                        .withStatus(status.build())
                        .build());
        fence.wrote(ObjectKeys.of(volume), access.volumes(), written.revision());
    }
}
