package io.kybern.controller.recorder;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;

/**
 * Tells the people who look at an object what happened to it. Never blocks and never fails: events are hints, and are dropped
 * when too many come or the API server is away.
 */
@FunctionalInterface
public interface EventRecorder {

    /**
     * Records an event.
     *
     * @param regarding what it is about
     * @param reason in UpperCamelCase, from a small set, for example {@code FailedCreate}
     * @param message for people
     */
    void event(ObjectReference regarding, EventType type, String reason, String message);

    /** Records an event about an object. */
    default void event(HasMetadata regarding, EventType type, String reason, String message) {
        event(reference(regarding), type, reason, message);
    }

    /** Records that something happened as it should. */
    default void normal(HasMetadata regarding, String reason, String message) {
        event(regarding, EventType.NORMAL, reason, message);
    }

    /** Records that something went wrong. */
    default void warning(HasMetadata regarding, String reason, String message) {
        event(regarding, EventType.WARNING, reason, message);
    }

    /** How an event refers to the object. */
    static ObjectReference reference(HasMetadata object) {
        return new ObjectReferenceBuilder()
                .withApiVersion(object.getApiVersion())
                .withKind(object.getKind())
                .withNamespace(object.getMetadata().getNamespace())
                .withName(object.getMetadata().getName())
                .withUid(object.getMetadata().getUid())
                .withResourceVersion(object.getMetadata().getResourceVersion())
                .build();
    }
}
