package io.kybern.apiserver.registry;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What all types have in common: metadata is checked; a type with {@code /status} keeps spec and status apart and counts its
 * generation. Types add to it by overriding {@link #validate} and {@link #validateChange} and what else they need.
 */
public class GenericStrategy implements ResourceStrategy {

    /** What is not part of the wanted state, so that a change of it does not count. */
    private static final Set<String> NOT_WANTED = Set.of("apiVersion", "kind", "metadata", "status");

    private final ResourceType type;
    private final TableShape table;
    private final NameRule names;

    /** A type whose names are DNS names. */
    public GenericStrategy(ResourceType type, TableShape table) {
        this(type, table, NameRule.SUBDOMAIN);
    }

    /** A type with its own rule for names. */
    public GenericStrategy(ResourceType type, TableShape table, NameRule names) {
        this.type = type;
        this.table = table;
        this.names = names;
    }

    @Override
    public final ResourceType type() {
        return type;
    }

    @Override
    public final TableShape table() {
        return table;
    }

    /** Whether creators cannot set a status and updaters of the object do not change it. */
    protected boolean hasStatus() {
        return type.has("status");
    }

    /** The status of a new object. */
    protected void initialStatus(ObjectNode object) {
        object.remove("status");
    }

    /** Whether the type counts its generation. */
    protected boolean countsGeneration() {
        return hasStatus();
    }

    /** Whether finalizers need no domain in their names; the types of the older groups insist on it. */
    protected boolean allowsAnyFinalizer() {
        return false;
    }

    @Override
    public void prepareForCreate(ObjectNode object, RequestScope scope) {
        if (hasStatus()) {
            initialStatus(object);
        }
        if (countsGeneration()) {
            KubeObject.metadata(object).put("generation", 1);
        }
    }

    @Override
    public void prepareForUpdate(ObjectNode object, ObjectNode old, RequestScope scope) {
        if (hasStatus()) {
            copy("status", old, object);
        }
        if (countsGeneration()) {
            ObjectNode metadata = KubeObject.metadata(object);
            long generation = KubeObject.generation(old);
            boolean changed = !sameWanted(object, old);
            if (changed || generation > 0) {
                metadata.put("generation", changed ? generation + 1 : generation);
            }
        }
    }

    private static boolean sameWanted(JsonNode object, JsonNode old) {
        return Values.same(wanted(object), wanted(old));
    }

    private static ObjectNode wanted(JsonNode object) {
        ObjectNode wanted = ((ObjectNode) object).objectNode();
        object.properties().stream()
                .filter(field -> !NOT_WANTED.contains(field.getKey()))
                .forEach(field -> wanted.set(field.getKey(), field.getValue()));
        return wanted;
    }

    /** Sets a field to what it was, or removes it if it was not there. */
    protected static void copy(String field, JsonNode from, ObjectNode to) {
        JsonNode value = from.get(field);
        if (value == null) {
            to.remove(field);
        } else {
            to.set(field, value.deepCopy());
        }
    }

    @Override
    public final List<FieldError> validateCreate(ObjectNode object) {
        List<FieldError> errors =
                new ArrayList<>(MetadataValidator.validate(object, type.namespaced(), names, allowsAnyFinalizer()));
        validate(object, errors);
        return errors;
    }

    @Override
    public final List<FieldError> validateUpdate(ObjectNode object, ObjectNode old, Consumer<String> warnings) {
        List<FieldError> errors =
                new ArrayList<>(MetadataValidator.validate(object, type.namespaced(), names, allowsAnyFinalizer()));
        errors.addAll(MetadataValidator.validateUpdate(object, old));
        validateChange(object, old, errors, warnings);
        return errors;
    }

    /** Adds the faults of the type's own fields. */
    protected void validate(ObjectNode object, List<FieldError> errors) {
        // the schema has checked the types
    }

    /** Adds the faults of a change; without more the new state is checked like that of a new object. */
    protected void validateChange(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        validate(object, errors);
    }

    /** Adds the faults of the new state that the old one does not have; for types whose rules became stricter, see {@link NewFaults}. */
    protected final void validateAnew(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        errors.addAll(NewFaults.of(object, old, this::validate));
    }

    /** Adds the faults of a change and tells what is forgiven. */
    protected void validateChange(
            ObjectNode object, ObjectNode old, List<FieldError> errors, Consumer<String> warnings) {
        validateChange(object, old, errors);
    }

    /** Adds the faults of a change of the status. */
    protected void validateStatus(ObjectNode object, ObjectNode old, List<FieldError> errors) {
        // the schema has checked the types
    }

    /** Adds the faults of a change of the status and tells what is forgiven. */
    protected void validateStatus(
            ObjectNode object, ObjectNode old, List<FieldError> errors, Consumer<String> warnings) {
        validateStatus(object, old, errors);
    }

    @Override
    public Optional<ResourceStrategy> status() {
        return hasStatus() ? Optional.of(new StatusStrategy(this)) : Optional.empty();
    }

    /** What {@code /status} changes: the status, and nothing else. */
    private record StatusStrategy(GenericStrategy whole) implements ResourceStrategy {

        @Override
        public ResourceType type() {
            return whole.type();
        }

        @Override
        public TableShape table() {
            return whole.table();
        }

        @Override
        public Map<String, String> selectableFields(ObjectNode object) {
            return whole.selectableFields(object);
        }

        @Override
        public Set<String> supportedFieldLabels() {
            return whole.supportedFieldLabels();
        }

        @Override
        public boolean allowsUnconditionalUpdate() {
            return whole.allowsUnconditionalUpdate();
        }

        @Override
        public boolean rewrites() {
            return whole.rewrites();
        }

        @Override
        public ObjectNode shown(ObjectNode kept) {
            return whole.shown(kept);
        }

        @Override
        public ObjectNode kept(ObjectNode shown) {
            return whole.kept(shown);
        }

        @Override
        public boolean renamesFields() {
            return whole.renamesFields();
        }

        @Override
        public ObjectNode renamed(ObjectNode object, String apiVersion) {
            return whole.renamed(object, apiVersion);
        }

        @Override
        public void prepareForUpdate(ObjectNode object, ObjectNode old, RequestScope scope) {
            JsonNode status = object.get("status");
            JsonNode metadata = object.get("metadata");
            object.removeAll();
            old.properties()
                    .forEach(
                            field -> object.set(field.getKey(), field.getValue().deepCopy()));
            if (status == null) {
                object.remove("status");
            } else {
                object.set("status", status);
            }
            copy("managedFields", metadata, KubeObject.metadata(object));
            whole.prepareStatusMetadata(object, metadata);
            whole.prepareStatus(object, old, scope);
        }

        @Override
        public List<FieldError> validateUpdate(ObjectNode object, ObjectNode old, Consumer<String> warnings) {
            List<FieldError> errors = new ArrayList<>(MetadataValidator.validateUpdate(object, old));
            whole.validateStatus(object, old, errors, warnings);
            return errors;
        }
    }

    /**
     * Takes over what a writer of the status may change of the metadata: labels, annotations and finalizers for most types, as in
     * Kubernetes.
     *
     * @param object the object with its old metadata and its new status
     * @param metadata the metadata that was sent
     */
    protected void prepareStatusMetadata(ObjectNode object, JsonNode metadata) {
        ObjectNode own = KubeObject.metadata(object);
        for (String field : List.of("labels", "annotations", "finalizers", "ownerReferences")) {
            copy(field, metadata, own);
        }
    }

    /**
     * Keeps what of the status the writer of it may not change, and adds what the server knows.
     *
     * @param object the object with its new status
     */
    protected void prepareStatus(ObjectNode object, ObjectNode old, RequestScope scope) {
        // for most types the status is what its writer says
    }
}
