package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.HostPathVolumeSource;
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
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.recorder.EventRecorder;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says what has become of each volume, and what becomes of one whose claim is gone; see "Persistent Volumes: Reclaiming" in the
 * Kubernetes documentation. What is on a volume is deleted if it was made here, by the node that has it. Other volumes fail as they do in
 * Kubernetes without a driver.
 */
public final class VolumeReconciler implements Reconciler {

    private static final Pattern TEMPORARY = Pattern.compile("/tmp/.+");

    /** A node that does not answer is asked again so often. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    private final VolumeAccess access;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;
    private final LocalDirectories directories;

    /**
     * Reads and writes through these.
     *
     * @param fence where own writes are noted
     * @param directories what is behind the volumes that were made here
     */
    public VolumeReconciler(
            VolumeAccess access, WriteFence fence, EventRecorder recorder, Clock clock, LocalDirectories directories) {
        this.directories = directories;
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
            return judge(volume, volume.getSpec().getClaimRef());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
        return Outcome.done();
    }

    private Outcome judge(PersistentVolume volume, @Nullable ObjectReference reference) {
        if (reference == null || requireNonNullElse(reference.getUid(), "").isEmpty()) {
            status(volume, "Available", null);
            return Outcome.done();
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
            return Outcome.done();
        }
        // a cache may not show a new claim yet, and what is released never comes back
        return lives(access.writes().claims().get(key), reference) ? Outcome.done() : release(volume);
    }

    private static boolean lives(Optional<PersistentVolumeClaim> claim, ObjectReference reference) {
        return claim.map(found -> found.getMetadata().getUid().equals(reference.getUid()))
                .orElse(false);
    }

    private Outcome release(PersistentVolume volume) {
        String policy = requireNonNullElse(volume.getSpec().getPersistentVolumeReclaimPolicy(), "Retain");
        if (policy.equals("Retain")) {
            status(volume, "Released", null);
            return Outcome.done();
        }
        if (policy.equals("Delete") && !LocalProvisioner.made(volume)) {
            HostPathVolumeSource host = volume.getSpec().getHostPath();
            if (host == null) {
                return fail(
                        volume,
                        "VolumeFailedDelete",
                        "error getting deleter volume plugin for volume \"%s\": no deletable volume plugin matched"
                                .formatted(volume.getMetadata().getName()));
            }
            if (!TEMPORARY.matcher(host.getPath()).matches()) {
                return fail(
                        volume,
                        "VolumeFailedDelete",
                        "host_path deleter only supports /tmp/.+ but received provided " + host.getPath());
            }
        } else if (policy.equals("Recycle")) {
            return fail(
                    volume,
                    "VolumeFailedRecycle",
                    "error getting recycler volume plugin for volume \"%s\": no recyclable volume plugin matched"
                            .formatted(volume.getMetadata().getName()));
        }
        return delete(volume);
    }

    private Outcome fail(PersistentVolume volume, String reason, String why) {
        String present = volume.getStatus() == null
                ? ""
                : requireNonNullElse(volume.getStatus().getPhase(), "");
        if (!present.equals("Failed")) {
            status(volume, "Failed", why);
            recorder.warning(volume, reason, why);
        }
        return Outcome.done();
    }

    /** What was made here goes with its directory; of a path below {@code /tmp} only the volume goes, as on any cluster of several nodes. */
    private Outcome delete(PersistentVolume volume) {
        if (LocalProvisioner.made(volume)) {
            try {
                List<String> hostNames = LocalProvisioner.hostNames(volume);
                access.nodes().list().stream()
                        .filter(node -> LocalProvisioner.isOn(node, hostNames))
                        .forEach(node -> directories.remove(
                                node.getMetadata().getName(),
                                volume.getMetadata().getName()));
            } catch (LocalDirectories.Unavailable e) {
                fail(volume, "VolumeFailedDelete", String.valueOf(e.getMessage()));
                return Outcome.again(RETRY, "the node may come back");
            }
        }
        status(volume, "Released", null);
        if (Owners.isTerminating(volume)) {
            return Outcome.done();
        }
        long revision = access.writes()
                .volumes()
                .delete(
                        ObjectKeys.of(volume),
                        DeleteRequest.ofUid(volume.getMetadata().getUid()));
        fence.wrote(ObjectKeys.of(volume), access.volumes(), revision);
        return Outcome.done();
    }

    /** Writes a phase that is not there yet; a message that others wrote meanwhile is theirs. */
    private void status(PersistentVolume volume, String phase, @Nullable String message) {
        PersistentVolumeStatus before = volume.getStatus();
        if (before != null && phase.equals(before.getPhase())) {
            return;
        }
        PersistentVolumeStatusBuilder status =
                before == null ? new PersistentVolumeStatusBuilder() : new PersistentVolumeStatusBuilder(before);
        status.withPhase(phase)
                .withMessage(message)
                .withLastPhaseTransitionTime(
                        clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        var written = access.writes()
                .volumes()
                .updateStatus(new PersistentVolumeBuilder(volume)
                        .withStatus(status.build())
                        .build());
        fence.wrote(ObjectKeys.of(volume), access.volumes(), written.revision());
    }
}
