package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import java.util.Collection;
import java.util.function.Function;

/**
 * Lets a claim go when no pod on a node uses it any more, and gives the finalizer to claims that were made without; see "Storage Object in Use
 * Protection" in the Kubernetes documentation.
 */
public final class ClaimProtection implements Reconciler {

    private static final String FINALIZER = "kubernetes.io/pvc-protection";

    private final VolumeAccess access;
    private final Function<String, Collection<Pod>> podsAtServer;
    private final FinalizerGuard<PersistentVolumeClaim> guard;

    /** @param podsAtServer the pods of a namespace as the API server has them, because the cache may lag behind */
    public ClaimProtection(VolumeAccess access, Function<String, Collection<Pod>> podsAtServer, WriteFence fence) {
        this.access = access;
        this.podsAtServer = podsAtServer;
        this.guard = new FinalizerGuard<>(
                FINALIZER,
                access.claims(),
                access.writes().claims(),
                fence,
                (object, finalizers) -> new PersistentVolumeClaimBuilder(object)
                        .editMetadata()
                        .withFinalizers(finalizers)
                        .endMetadata()
                        .build());
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        return guard.reconcile(key, claim -> isUsed(key));
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
}
