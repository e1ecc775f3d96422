package io.kybern.apiserver.registry;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one resource type adds to the generic verbs. The order of calls for a write is: defaults (of the schema, then {@link
 * #applyDefaults}), admission, {@link #prepareForCreate} or {@link #prepareForUpdate}, validation, warnings, claims, commit.
 *
 * <p>Strategies keep no state. Only the object that is handed in first may be changed, and only by the methods that say so; an old
 * object never.
 */
public interface ResourceStrategy {

    /** The type. */
    ResourceType type();

    /** Takes out what a creator may not set, and puts in what the server sets: the status, the generation. */
    default void prepareForCreate(ObjectNode object, RequestScope scope) {}

    /** Keeps what this update may not change as it was, and counts the generation up if the wanted state changed. */
    default void prepareForUpdate(ObjectNode object, ObjectNode old, RequestScope scope) {}

    /** Adds the defaults that no schema can say. Runs after decoding and after each change by admission, so it may be repeated. */
    default void applyDefaults(ObjectNode object) {}

    /** The faults of a new object; pure. */
    default List<FieldError> validateCreate(ObjectNode object) {
        return List.of();
    }

    /** The faults of a change; pure. */
    default List<FieldError> validateUpdate(ObjectNode object, ObjectNode old) {
        return List.of();
    }

    /** What a creator should hear although nothing is wrong. */
    default List<String> warningsOnCreate(ObjectNode object) {
        return List.of();
    }

    /** What an updater should hear although nothing is wrong. */
    default List<String> warningsOnUpdate(ObjectNode object, ObjectNode old) {
        return List.of();
    }

    /** The strategy of {@code /status}, which changes the status and nothing else; empty if the type has none. */
    default Optional<ResourceStrategy> status() {
        return Optional.empty();
    }

    /** The fields that field selectors may name, with their values; an absent one reads as empty. */
    default Map<String, String> selectableFields(ObjectNode object) {
        return Map.of("metadata.name", KubeObject.name(object), "metadata.namespace", KubeObject.namespace(object));
    }

    /** The names of the fields that field selectors may name. */
    default Set<String> supportedFieldLabels() {
        return type().namespaced() ? Set.of("metadata.name", "metadata.namespace") : Set.of("metadata.name");
    }

    /** Whether PUT of an object that does not exist creates it. */
    default boolean allowsCreateOnUpdate() {
        return false;
    }

    /** Whether an update may leave out the resource version. */
    default boolean allowsUnconditionalUpdate() {
        return true;
    }

    /** Whether a complete deletion answers the object in place of a {@code Status}. */
    default boolean answersDeletedObject() {
        return false;
    }

    /**
     * How long an object may take to end; empty for types whose objects end at once.
     *
     * @param requested what the client asked for; null if it said nothing
     */
    default Optional<Long> gracePeriod(ObjectNode object, @Nullable Long requested) {
        return Optional.empty();
    }

    /** What this write must have to itself. {@code old} is null for a create. */
    default ClaimPlan claims(ObjectNode object, @Nullable ObjectNode old) {
        return ClaimPlan.none();
    }

    /** What a deleted object gives back; the caller settles it. */
    default ClaimPlan released(ObjectNode lastState) {
        return ClaimPlan.none();
    }

    /** How {@code kubectl get} shows the type. */
    TableShape table();
}
