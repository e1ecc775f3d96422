package io.kybern.controller.model;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeNodeAffinity;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which volume suits a claim; see "Persistent Volumes: Binding" in the Kubernetes documentation. Pure. */
public final class VolumeMatch {

    private static final String CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

    /** What claims and volumes are given whose other side was chosen for them. */
    public static final String BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";

    /** What a claim is given when both sides of its binding are written. */
    public static final String BIND_COMPLETED = "pv.kubernetes.io/bind-completed";

    /** The binding mode of classes whose claims wait for a pod. */
    public static final String LATE = "WaitForFirstConsumer";

    /** What the scheduler writes on a claim whose volume is to be made for that node. */
    public static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    /** The provisioner of classes whose volumes somebody makes by hand. */
    public static final String BY_HAND = "kubernetes.io/no-provisioner";

    private VolumeMatch() {}

    /** Whether a claim has its volume, and both sides are written. */
    public static boolean isBound(PersistentVolumeClaim claim) {
        return !requireNonNullElse(claim.getSpec().getVolumeName(), "").isEmpty()
                && Owners.annotations(claim).containsKey(BIND_COMPLETED);
    }

    /** The volumes that a claim may get, the best first: the one that is kept for it, or else those that are free, small ones first. */
    public static List<PersistentVolume> candidates(PersistentVolumeClaim claim, Collection<PersistentVolume> volumes) {
        List<PersistentVolume> suitable = volumes.stream()
                .filter(volume -> !Owners.isTerminating(volume) && suits(claim, volume))
                .toList();
        Optional<PersistentVolume> kept =
                suitable.stream().filter(volume -> isKeptFor(volume, claim)).findFirst();
        return kept.map(List::of).orElseGet(() -> suitable.stream()
                .filter(volume -> volume.getSpec().getClaimRef() == null && matchesSelector(claim, volume))
                .sorted(Comparator.comparing(VolumeMatch::size)
                        .thenComparing(volume -> volume.getMetadata().getName()))
                .toList());
    }

    /** From which nodes a volume can be reached; empty if from all. */
    public static Optional<NodeMatcher> reach(PersistentVolume volume) {
        return Optional.ofNullable(volume.getSpec().getNodeAffinity())
                .map(VolumeNodeAffinity::getRequired)
                .map(NodeMatcher::of);
    }

    /** What a volume says of the claim that it belongs to. */
    public static ObjectReference referenceTo(PersistentVolumeClaim claim) {
        return new ObjectReferenceBuilder()
                .withApiVersion("v1")
                .withKind("PersistentVolumeClaim")
                .withNamespace(claim.getMetadata().getNamespace())
                .withName(claim.getMetadata().getName())
                .withUid(claim.getMetadata().getUid())
                .withResourceVersion(claim.getMetadata().getResourceVersion())
                .build();
    }

    /** The volume as it belongs to this very claim; marked as chosen for it unless somebody kept it for a claim of that name. */
    public static PersistentVolume given(PersistentVolume volume, PersistentVolumeClaim claim) {
        PersistentVolumeBuilder given = new PersistentVolumeBuilder(volume);
        if (volume.getSpec().getClaimRef() == null) {
            given.editMetadata().addToAnnotations(BOUND_BY_CONTROLLER, "yes").endMetadata();
        }
        return given.editSpec().withClaimRef(referenceTo(claim)).endSpec().build();
    }

    /** Whether the volume names the claim, be it bound to it or kept for a claim of that name. */
    public static boolean isKeptFor(PersistentVolume volume, PersistentVolumeClaim claim) {
        ObjectReference reference = volume.getSpec().getClaimRef();
        return reference != null
                && claim.getMetadata().getName().equals(reference.getName())
                && claim.getMetadata().getNamespace().equals(reference.getNamespace())
                && (reference.getUid() == null
                        || reference.getUid().isEmpty()
                        || reference.getUid().equals(claim.getMetadata().getUid()));
    }

    /** Whether the volume is what the claim asks for, whoever else may want it. */
    public static boolean suits(PersistentVolumeClaim claim, PersistentVolume volume) {
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

    private static String mode(@Nullable String mode) {
        return requireNonNullElse(mode, "Filesystem");
    }

    /** The class of a claim; empty if it wants none, or does not care. */
    public static String storageClass(PersistentVolumeClaim claim) {
        String annotated = Owners.annotations(claim).get(CLASS_ANNOTATION);
        return annotated != null
                ? annotated
                : requireNonNullElse(claim.getSpec().getStorageClassName(), "");
    }

    /** The class of a volume; empty if it has none. */
    public static String storageClass(PersistentVolume volume) {
        String annotated = Owners.annotations(volume).get(CLASS_ANNOTATION);
        return annotated != null
                ? annotated
                : requireNonNullElse(volume.getSpec().getStorageClassName(), "");
    }

    private static BigDecimal size(PersistentVolume volume) {
        return storage(volume.getSpec().getCapacity());
    }

    /** What a claim asks for. */
    public static BigDecimal asked(PersistentVolumeClaim claim) {
        return claim.getSpec().getResources() == null
                ? BigDecimal.ZERO
                : storage(claim.getSpec().getResources().getRequests());
    }

    private static BigDecimal storage(@Nullable Map<String, Quantity> amounts) {
        Quantity amount = amounts == null ? null : amounts.get("storage");
        return amount == null ? BigDecimal.ZERO : amount.getNumericalAmount();
    }
}
