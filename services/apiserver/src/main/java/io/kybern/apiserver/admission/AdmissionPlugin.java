package io.kybern.apiserver.admission;

/**
 * One admission controller. A bean of this type is part of the chain; {@code @Order} says where. Both methods run on a
 * virtual thread and may block; they refuse by throwing an {@code ApiException}, usually forbidden.
 */
public interface AdmissionPlugin {

    /** The name as Kubernetes documents it, for example {@code NamespaceLifecycle}. */
    String name();

    /** May change the object. Runs before validation, again for each retry of an update. */
    default void mutate(AdmissionRequest request) {}

    /** Looks at the object as it would be stored, after validation; changes nothing. */
    default void validate(AdmissionRequest request) {}
}
