package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Lets a claim go when no pod on a node uses it any more, and gives the finalizer to claims that were made without; see "Storage Object in Use
 * Protection" in the Kubernetes documentation.
 */
public final class ClaimProtection implements Reconciler {

    private static final String FINALIZER = "kubernetes.io/pvc-protection";

    private final VolumeAccess access;
    private final Function<String, Collection<Pod>> podsAtServer;
    private final WriteFence fence;

    /** @param podsAtServer the pods of a namespace as the API server has them, because the cache may lag behind */
    public ClaimProtection(VolumeAccess access, Function<String, Collection<Pod>> podsAtServer, WriteFence fence) {
        this.access = access;
        this.podsAtServer = podsAtServer;
        this.fence = fence;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<PersistentVolumeClaim> found = access.claims().get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        PersistentVolumeClaim claim = found.get();
        List<String> finalizers = requireNonNullElse(claim.getMetadata().getFinalizers(), List.of());
        boolean kept = finalizers.contains(FINALIZER);
        if (Owners.isTerminating(claim)) {
            if (kept && !isUsed(key)) {
                write(new PersistentVolumeClaimBuilder(claim)
                        .editMetadata()
                        .removeFromFinalizers(FINALIZER)
                        .endMetadata()
                        .build());
            }
        } else if (!kept) {
            write(new PersistentVolumeClaimBuilder(claim)
                    .editMetadata()
                    .addToFinalizers(FINALIZER)
                    .endMetadata()
                    .build());
        }
        return Outcome.done();
    }

    /** A pod without a node does not count: no node starts a pod whose claim is going. */
    private boolean isUsed(ObjectKey claim) {
        return access.pods().byIndex(VolumeAccess.BY_CLAIM, claim.toString()).stream()
                        .anyMatch(ClaimProtection::isPlaced)
                || podsAtServer.apply(claim.namespace()).stream()
                        .anyMatch(pod ->
                                isPlaced(pod) && ClaimReconciler.claimsOf(pod).contains(claim.toString()));
    }

    private static boolean isPlaced(Pod pod) {
        return !requireNonNullElse(pod.getSpec().getNodeName(), "").isEmpty();
    }

    private void write(PersistentVolumeClaim claim) {
        try {
            var written = access.writes().claims().update(claim);
            fence.wrote(ObjectKeys.of(claim), access.claims(), written.revision());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
    }
}
