package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimStatus;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.VolumeMatch;
import io.kybern.controller.recorder.EventRecorder;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Binds claims to volumes; see "Persistent Volumes" in the Kubernetes documentation. The volume is written first, over the state
 * that was found free: so it never gets two claims, and a binding that is broken off is completed by the next pass.
 */
public final class ClaimReconciler implements Reconciler {

    /** Both names of it are read by provisioners. */
    private static final List<String> PROVISIONER =
            List.of("volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner");

    private final VolumeAccess access;
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final VolumeGrowth growth;

    /** @param fence where own writes are noted */
    public ClaimReconciler(VolumeAccess access, WriteFence fence, EventRecorder recorder) {
        this.access = access;
        this.fence = fence;
        this.recorder = recorder;
        this.growth = new VolumeGrowth(access, fence, recorder);
    }

    /** The claims that a pod names, for the index {@link VolumeAccess#BY_CLAIM}. */
    public static Collection<String> claimsOf(Pod pod) {
        return requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of()).stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null || volume.getEphemeral() != null)
                .map(volume -> pod.getMetadata().getNamespace() + "/"
                        + (volume.getEphemeral() == null
                                ? volume.getPersistentVolumeClaim().getClaimName()
                                : pod.getMetadata().getName() + "-" + volume.getName()))
                .toList();
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<PersistentVolumeClaim> found = access.claims().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        PersistentVolumeClaim claim = found.get();
        try {
            if (requireNonNullElse(claim.getSpec().getVolumeName(), "").isEmpty()) {
                seek(claim);
            } else {
                settle(claim);
            }
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
        return Outcome.done();
    }

    /** A claim that waits for its consumer gets no free volume here: the scheduler keeps one for it, or names the node to make one for. */
    private void seek(PersistentVolumeClaim claim) {
        String className = VolumeMatch.storageClass(claim);
        Optional<StorageClass> storageClass =
                className.isEmpty() ? Optional.empty() : access.classes().get(ObjectKey.clusterScoped(className));
        boolean late = storageClass
                .map(StorageClass::getVolumeBindingMode)
                .filter(VolumeMatch.LATE::equals)
                .isPresent();
        Optional<PersistentVolume> volume = VolumeMatch.candidates(
                        claim, access.volumes().list())
                .stream()
                .filter(candidate -> !late || VolumeMatch.isKeptFor(candidate, claim))
                .findFirst();
        String selected = Owners.annotations(claim).get(VolumeMatch.SELECTED_NODE);
        if (volume.isPresent()) {
            bind(claim, volume.get());
            return;
        }
        PersistentVolumeClaim newest = pending(claim);
        if (late && selected == null) {
            awaitConsumer(newest);
        } else if (className.isEmpty()) {
            recorder.normal(
                    claim,
                    "FailedBinding",
                    "no persistent volumes available for this claim and no storage class is set");
        } else if (storageClass.isEmpty()) {
            recorder.warning(
                    claim, "ProvisioningFailed", "storageclass.storage.k8s.io \"%s\" not found".formatted(className));
        } else if (VolumeMatch.BY_HAND.equals(storageClass.get().getProvisioner())) {
            recorder.warning(claim, "ProvisioningFailed", "no volume plugin matched name: " + VolumeMatch.BY_HAND);
        } else {
            provision(newest, storageClass.get(), selected);
        }
    }

    private void awaitConsumer(PersistentVolumeClaim claim) {
        List<String> waiting = access
                .pods()
                .byIndex(VolumeAccess.BY_CLAIM, ObjectKeys.of(claim).toString())
                .stream()
                .filter(pod ->
                        requireNonNullElse(pod.getSpec().getNodeName(), "").isEmpty() && !Owners.isTerminating(pod))
                .map(pod -> pod.getMetadata().getName())
                .sorted()
                .toList();
        if (waiting.isEmpty()) {
            recorder.normal(claim, VolumeMatch.LATE, "waiting for first consumer to be created before binding");
        } else {
            recorder.normal(
                    claim,
                    "WaitForPodScheduled",
                    "waiting for pod%s %s to be scheduled"
                            .formatted(waiting.size() == 1 ? "" : "s", String.join(",", waiting)));
        }
    }

    private void provision(PersistentVolumeClaim claim, StorageClass storageClass, @Nullable String selected) {
        String provisioner = storageClass.getProvisioner();
        recorder.normal(
                claim,
                "ExternalProvisioning",
                "Waiting for a volume to be created either by the external provisioner '%s' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
                        .formatted(provisioner));
        PersistentVolumeClaim told = tell(claim, provisioner);
        if (!LocalProvisioner.NAME.equals(provisioner)) {
            return;
        }
        Optional<Node> node =
                selected == null ? Optional.empty() : access.nodes().get(ObjectKey.clusterScoped(selected));
        Optional<String> refusal = LocalProvisioner.refusal(claim, selected);
        if (refusal.isPresent()) {
            failed(claim, storageClass, refusal.get());
        } else if (node.isEmpty()) {
            failed(claim, storageClass, "node \"%s\" not found".formatted(selected));
            letGo(told);
        } else {
            make(told, storageClass, node.get());
        }
    }

    private void failed(PersistentVolumeClaim claim, StorageClass storageClass, String why) {
        recorder.warning(
                claim,
                "ProvisioningFailed",
                "failed to provision volume with StorageClass \"%s\": %s"
                        .formatted(storageClass.getMetadata().getName(), why));
    }

    private void make(PersistentVolumeClaim claim, StorageClass storageClass, Node node) {
        PersistentVolume wanted = LocalProvisioner.volume(claim, storageClass, node);
        recorder.normal(
                claim,
                "Provisioning",
                "External provisioner is provisioning volume for claim \"%s\"".formatted(ObjectKeys.of(claim)));
        try {
            var written = access.writes().volumes().create(wanted);
            fence.wrote(ObjectKeys.of(claim), access.volumes(), written.revision());
            recorder.normal(
                    claim,
                    "ProvisioningSucceeded",
                    "Successfully provisioned volume " + wanted.getMetadata().getName());
            bind(claim, written.object());
        } catch (ApiFailure failure) {
            // made by a pass whose answer was lost; the cache will show it
            if (!failure.isAlreadyExists()) {
                throw failure;
            }
        }
    }

    /** The node is gone: the scheduler is to choose again. */
    private void letGo(PersistentVolumeClaim claim) {
        var written = access.writes()
                .claims()
                .update(new PersistentVolumeClaimBuilder(claim)
                        .editMetadata()
                        .removeFromAnnotations(VolumeMatch.SELECTED_NODE)
                        .endMetadata()
                        .build());
        fence.wrote(ObjectKeys.of(claim), access.claims(), written.revision());
    }

    /** Says on the claim who is to make its volume. */
    private PersistentVolumeClaim tell(PersistentVolumeClaim claim, String provisioner) {
        Map<String, String> wanted = new TreeMap<>();
        PROVISIONER.forEach(name -> wanted.put(name, provisioner));
        if (Owners.annotations(claim).entrySet().containsAll(wanted.entrySet())) {
            return claim;
        }
        var written = access.writes()
                .claims()
                .update(new PersistentVolumeClaimBuilder(claim)
                        .editMetadata()
                        .addToAnnotations(wanted)
                        .endMetadata()
                        .build());
        fence.wrote(ObjectKeys.of(claim), access.claims(), written.revision());
        return written.object();
    }

    /** Goes on with a claim that names its volume. */
    private void settle(PersistentVolumeClaim claim) {
        boolean completed = Owners.annotations(claim).containsKey(VolumeMatch.BIND_COMPLETED);
        String name = claim.getSpec().getVolumeName();
        Optional<PersistentVolume> found = access.volumes().get(ObjectKey.clusterScoped(name));
        if (found.isEmpty()) {
            if (completed) {
                status(claim, "Lost", null);
                recorder.warning(
                        claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
            } else {
                pending(claim);
            }
            return;
        }
        PersistentVolume volume = found.get();
        if (volume.getSpec().getClaimRef() == null) {
            if (completed || VolumeMatch.suits(claim, volume)) {
                bind(claim, volume);
            } else {
                pending(claim);
                recorder.warning(
                        claim,
                        "VolumeMismatch",
                        "Cannot bind to requested volume \"%s\": it does not suit the claim".formatted(name));
            }
        } else if (VolumeMatch.isKeptFor(volume, claim)) {
            bind(claim, volume);
        } else if (completed) {
            status(claim, "Lost", null);
            recorder.warning(
                    claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
        } else {
            pending(claim);
            recorder.warning(
                    claim, "FailedBinding", "volume \"%s\" already bound to a different claim.".formatted(name));
        }
    }

    /** Does what is left of a binding: volume, claim, status. */
    private void bind(PersistentVolumeClaim claim, PersistentVolume volume) {
        PersistentVolume bound = bindVolume(claim, volume);
        PersistentVolumeClaim named = bindClaim(claim, bound);
        status(named, "Bound", growth.grown(named, bound));
    }

    private PersistentVolume bindVolume(PersistentVolumeClaim claim, PersistentVolume volume) {
        ObjectReference before = volume.getSpec().getClaimRef();
        if (before != null && claim.getMetadata().getUid().equals(before.getUid())) {
            return volume;
        }
        var written = access.writes().volumes().update(VolumeMatch.given(volume, claim));
        fence.wrote(ObjectKeys.of(claim), access.volumes(), written.revision());
        return written.object();
    }

    private PersistentVolumeClaim bindClaim(PersistentVolumeClaim claim, PersistentVolume volume) {
        boolean named = !requireNonNullElse(claim.getSpec().getVolumeName(), "").isEmpty();
        if (named && Owners.annotations(claim).containsKey(VolumeMatch.BIND_COMPLETED)) {
            return claim;
        }
        PersistentVolumeClaimBuilder changed = new PersistentVolumeClaimBuilder(claim);
        changed.editMetadata()
                .addToAnnotations(VolumeMatch.BIND_COMPLETED, "yes")
                .endMetadata();
        if (!named) {
            changed.editMetadata()
                    .addToAnnotations(VolumeMatch.BOUND_BY_CONTROLLER, "yes")
                    .endMetadata();
            changed.editSpec().withVolumeName(volume.getMetadata().getName()).endSpec();
        }
        var written = access.writes().claims().update(changed.build());
        fence.wrote(ObjectKeys.of(claim), access.claims(), written.revision());
        return written.object();
    }

    private PersistentVolumeClaim pending(PersistentVolumeClaim claim) {
        return status(claim, "Pending", null);
    }

    /** Answers the claim in its newest state. */
    private PersistentVolumeClaim status(PersistentVolumeClaim claim, String phase, @Nullable PersistentVolume volume) {
        PersistentVolumeClaimStatus before = claim.getStatus();
        PersistentVolumeClaimStatusBuilder status = before == null
                ? new PersistentVolumeClaimStatusBuilder()
                : new PersistentVolumeClaimStatusBuilder(before);
        status.withPhase(phase);
        if (volume != null) {
            status.withAccessModes(volume.getSpec().getAccessModes());
            // who resizes another volume says when its file system has grown
            if (before == null || !phase.equals(before.getPhase()) || LocalProvisioner.made(volume)) {
                status.withCapacity(volume.getSpec().getCapacity());
            }
        }
        PersistentVolumeClaimStatus after = status.build();
        if (after.equals(before)) {
            return claim;
        }
        var written = access.writes()
                .claims()
                .updateStatus(new PersistentVolumeClaimBuilder(claim)
                        .withStatus(after)
                        .build());
        fence.wrote(ObjectKeys.of(claim), access.claims(), written.revision());
        return written.object();
    }
}
