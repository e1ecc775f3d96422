package io.kybern.controller.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Owner references and labels of typed models. */
public final class Owners {

    private Owners() {}

    /** The reference to the one owner that manages the object. */
    public static Optional<OwnerReference> controllerOf(HasMetadata object) {
        return references(object).stream()
                .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                .findFirst();
    }

    /** Whether the object is managed by the owner with that uid. */
    public static boolean isControlledBy(HasMetadata object, String ownerUid) {
        return controllerOf(object)
                .map(owner -> owner.getUid().equals(ownerUid))
                .orElse(false);
    }

    /** All owner references; empty if there are none. */
    public static List<OwnerReference> references(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getOwnerReferences(), List.<OwnerReference>of());
    }

    /** A reference by which the owner manages another object. */
    public static OwnerReference controllerReference(HasMetadata owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    /** The labels; empty if there are none. */
    public static Map<String, String> labels(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getLabels(), Map.<String, String>of());
    }

    /** The annotations; empty if there are none. */
    public static Map<String, String> annotations(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getAnnotations(), Map.<String, String>of());
    }

    /** Whether the object is being deleted. */
    public static boolean isTerminating(HasMetadata object) {
        return object.getMetadata().getDeletionTimestamp() != null;
    }
}
