package io.kybern.workload.core.volumes;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.controller.model.NodeMatcher;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which volume suits a claim; see "Persistent Volumes: Binding" in the Kubernetes documentation. Pure. */
final class VolumeMatch {

    private static final String CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

    private VolumeMatch() {}

    /**
     * The volume that is kept for the claim, or else the smallest that is free and suits.
     *
     * @param node where the volume must be reachable; null if that does not matter
     */
    static Optional<PersistentVolume> find(
            PersistentVolumeClaim claim, Collection<PersistentVolume> volumes, @Nullable Node node) {
        List<PersistentVolume> suitable = volumes.stream()
                .filter(volume -> !Owners.isTerminating(volume) && suits(claim, volume))
                .toList();
        Optional<PersistentVolume> kept =
                suitable.stream().filter(volume -> isKeptFor(volume, claim)).findFirst();
        if (kept.isPresent()) {
            return kept;
        }
        return suitable.stream()
                .filter(volume -> volume.getSpec().getClaimRef() == null
                        && matchesSelector(claim, volume)
                        && isReachable(volume, node))
                .min(Comparator.comparing(VolumeMatch::size)
                        .thenComparing(volume -> volume.getMetadata().getName()));
    }

    /** Whether the volume names the claim, be it bound to it or kept for a claim of that name. */
    static boolean isKeptFor(PersistentVolume volume, PersistentVolumeClaim claim) {
        ObjectReference reference = volume.getSpec().getClaimRef();
        return reference != null
                && claim.getMetadata().getName().equals(reference.getName())
                && claim.getMetadata().getNamespace().equals(reference.getNamespace())
                && (reference.getUid() == null
                        || reference.getUid().isEmpty()
                        || reference.getUid().equals(claim.getMetadata().getUid()));
    }

    /** Whether the volume is what the claim asks for, whoever else may want it. */
    static boolean suits(PersistentVolumeClaim claim, PersistentVolume volume) {
        return size(volume).compareTo(asked(claim)) >= 0
                && requireNonNullElse(volume.getSpec().getAccessModes(), List.of())
                        .containsAll(requireNonNullElse(claim.getSpec().getAccessModes(), List.of()))
                && storageClass(claim).equals(storageClass(volume))
                && mode(claim.getSpec().getVolumeMode())
                        .equals(mode(volume.getSpec().getVolumeMode()));
    }

    private static boolean matchesSelector(PersistentVolumeClaim claim, PersistentVolume volume) {
        return claim.getSpec().getSelector() == null
                || Selectors.of(claim.getSpec().getSelector()).matches(Owners.labels(volume));
    }

    private static boolean isReachable(PersistentVolume volume, @Nullable Node node) {
        var affinity = volume.getSpec().getNodeAffinity();
        return node == null
                || affinity == null
                || affinity.getRequired() == null
                || NodeMatcher.of(affinity.getRequired())
                        .matches(node.getMetadata().getName(), Owners.labels(node));
    }

    private static String mode(@Nullable String mode) {
        return requireNonNullElse(mode, "Filesystem");
    }

    /** The class of a claim; empty if it wants none, or does not care. */
    static String storageClass(PersistentVolumeClaim claim) {
        String annotated = Owners.annotations(claim).get(CLASS_ANNOTATION);
        return annotated != null
                ? annotated
                : requireNonNullElse(claim.getSpec().getStorageClassName(), "");
    }

    static String storageClass(PersistentVolume volume) {
        String annotated = Owners.annotations(volume).get(CLASS_ANNOTATION);
        return annotated != null
                ? annotated
                : requireNonNullElse(volume.getSpec().getStorageClassName(), "");
    }

    private static BigDecimal size(PersistentVolume volume) {
        return storage(volume.getSpec().getCapacity());
    }

    private static BigDecimal asked(PersistentVolumeClaim claim) {
        return claim.getSpec().getResources() == null
                ? BigDecimal.ZERO
                : storage(claim.getSpec().getResources().getRequests());
    }

    private static BigDecimal storage(@Nullable Map<String, Quantity> amounts) {
        Quantity amount = amounts == null ? null : amounts.get("storage");
        return amount == null ? BigDecimal.ZERO : amount.getNumericalAmount();
    }
}
