package io.kybern.apiserver.registry;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
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
        return validateUpdate(object, old, warning -> {});
    }

    /** The same, and hands over what the writer should hear of faults that are forgiven. */
    default List<FieldError> validateUpdate(ObjectNode object, ObjectNode old, Consumer<String> warnings) {
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

    /** The strategy of a subresource that shows the whole object and changes a part of it. */
    default ResourceStrategy part(String subresource) {
        return subresource.equals("status") ? status().orElse(this) : this;
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

    /**
     * Adds what a deletion has to wait for. Called when the object is about to be deleted or marked, unless it is marked already.
     *
     * @return whether the object was changed
     */
    default boolean prepareForDelete(ObjectNode object, Instant now) {
        return false;
    }

    /** What this write must have to itself. {@code old} is null for a create. */
    default ClaimPlan claims(ObjectNode object, @Nullable ObjectNode old) {
        return ClaimPlan.none();
    }

    /** What a deleted object gives back; the caller settles it. */
    default ClaimPlan released(ObjectNode lastState) {
        return ClaimPlan.none();
    }

    /** Whether objects are kept in another form than they are shown in, so that {@link #shown} and {@link #kept} have work to do. */
    default boolean rewrites() {
        return false;
    }

    /** The object as it is shown, of the object as it is kept; may change and answer its argument. */
    default ObjectNode shown(ObjectNode kept) {
        return kept;
    }

    /** The same for the objects of a list, which may be quicker than one by one; in the same order. */
    default List<ObjectNode> shown(List<ObjectNode> kept) {
        return kept.stream().map(this::shown).toList();
    }

    /** The object as it is kept, of the object as it is shown; may change and answer its argument. */
    default ObjectNode kept(ObjectNode shown) {
        return shown;
    }

    /**
     * Whether the versions of the type call their fields differently, so that who owns a field that was named in another version can only
     * be told by {@link #renamed}.
     */
    default boolean renamesFields() {
        return false;
    }

    /**
     * The object in another version, as its converter makes it, without the defaults of that version; may change and answer its
     * argument.
     *
     * @param apiVersion the group and the version to convert to
     */
    default ObjectNode renamed(ObjectNode object, String apiVersion) {
        return object;
    }

    /** Where {@code /scale} finds its numbers; empty if they are where workloads have them. */
    default Optional<ScalePaths> scale() {
        return Optional.empty();
    }

    /** Whether a deletion that says nothing about dependents leaves them behind, as for a few types it always did. */
    default boolean orphansByDefault() {
        return false;
    }

    /** What a deleter should hear who says nothing about dependents; may be empty. */
    default String warningOnDefaultDeletion() {
        return "";
    }

    /** What everybody should hear who uses the type; may be empty. */
    default String deprecation() {
        return "";
    }

    /** How {@code kubectl get} shows the type. */
    TableShape table();
}
