package io.kybern.schema;

import io.kybern.api.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The structure of one kind of JSON value: what a field may hold, what it is called in messages, and how patches merge it. A
 * schema is read from the OpenAPI form that Kubernetes publishes, with its {@code x-kubernetes-*} extensions; references to
 * other definitions are followed when they are first looked at, so that recursive types work. Immutable and safe to share.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy">merge strategy</a>
 */
public final class Schema {

    /** What a value is. */
    public enum Type {
        /** Named fields, each with its own schema. */
        OBJECT,
        /** Free keys, all values of one schema. */
        MAP,
        ARRAY,
        STRING,
        INTEGER,
        NUMBER,
        BOOLEAN,
        INT_OR_STRING,
        /** Anything; kept as it is. */
        ANY
    }

    private final Type type;
    private final @Nullable String definition;
    private final JsonNode node;
    private final Map<String, Schema> properties;
    private final @Nullable Schema items;
    private final Function<String, Schema> definitions;
    private final @Nullable String reference;
    private final String format;
    private final int position;
    private final boolean required;
    private final String zero;
    private final String listType;
    private final List<String> mapKeys;
    private final boolean preservesUnknown;
    private volatile @Nullable Schema target;
    private volatile @Nullable Map<String, Schema> defaulted;
    private volatile @Nullable Boolean leadsToDefaults;
    private volatile @Nullable List<ShownField> shownFields;

    private Schema(JsonNode node, @Nullable String definition, Function<String, Schema> definitions) {
        this(node, definition, definitions, 0, true);
    }

    private Schema(
            JsonNode node,
            @Nullable String definition,
            Function<String, Schema> definitions,
            int position,
            boolean required) {
        this.position = position;
        this.required = required;
        this.zero = node.path(GO_ZERO).asString("");
        this.format = node.path("format").asString("");
        this.node = node;
        // asked for at every step of a walk over an object
        this.listType = node.path("x-kubernetes-list-type").asString("atomic");
        this.mapKeys = strings(node.path("x-kubernetes-list-map-keys"));
        this.preservesUnknown =
                node.path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
        this.definition = definition;
        this.definitions = definitions;
        this.reference = reference(node);
        this.properties = reference == null ? properties(node, definition != null, definitions) : Map.of();
        this.type = reference == null ? type(node, definition) : Type.ANY;
        JsonNode inner = node.has("items") ? node.get("items") : node.path("additionalProperties");
        this.items = reference == null && inner.isObject() ? new Schema(inner, null, definitions) : null;
    }

    /**
     * Reads a schema from its OpenAPI form.
     *
     * @param node the schema; not to be changed afterwards
     * @param definitions finds what a {@code $ref} names
     */
    public static Schema parse(JsonNode node, Function<String, Schema> definitions) {
        return new Schema(node, null, definitions);
    }

    static Schema definition(String name, JsonNode node, Function<String, Schema> definitions) {
        return new Schema(node, name, definitions);
    }

    /** What the value is. */
    public Type type() {
        return reference == null ? type : target().type();
    }

    /** The fields of an object by name, in declared order; empty for everything else. */
    public Map<String, Schema> properties() {
        return reference == null ? properties : target().properties();
    }

    /** The schema of one field; null if there is no such field. */
    public @Nullable Schema property(String name) {
        return properties().get(name);
    }

    /** The schema of an array's elements or of a map's values. */
    public Schema items() {
        if (reference != null) {
            return target().items();
        }
        return Objects.requireNonNull(items, () -> goType() + " has no elements");
    }

    /** The names of the fields that an object must have. */
    public List<String> required() {
        return strings(structure().node.path("required"));
    }

    /** Refines the type: {@code int32}, {@code int64}, {@code double}, {@code byte}, {@code date-time}, {@code quantity} …; may be empty. */
    public String format() {
        return reference == null ? format : target().format();
    }

    /** The text for people: that of the field if it has one, else that of its type. */
    public String description() {
        String own = node.path("description").asString("");
        return own.isEmpty() && reference != null ? target().description() : own;
    }

    /** What the field has if it is absent. */
    public Optional<JsonNode> defaultValue() {
        return Optional.ofNullable(node.get("default"));
    }

    /** The fields that have a default, or something with a default below them, by name; found out once. */
    Map<String, Schema> defaultedProperties() {
        if (reference != null) {
            return target().defaultedProperties();
        }
        Map<String, Schema> known = defaulted;
        if (known == null) {
            known = LinkedHashMap.newLinkedHashMap(properties.size());
            for (Map.Entry<String, Schema> each : properties.entrySet()) {
                if (each.getValue().node.has("default") || each.getValue().leadsToDefaults()) {
                    known.put(each.getKey(), each.getValue());
                }
            }
            known = Collections.unmodifiableMap(known);
            defaulted = known;
        }
        return known;
    }

    /** Whether anything below a value of this schema has a default; found out once. */
    boolean leadsToDefaults() {
        if (reference != null) {
            return target().leadsToDefaults();
        }
        Boolean known = leadsToDefaults;
        if (known == null) {
            known = leadsToDefaults(new HashSet<>());
            leadsToDefaults = known;
        }
        return known;
    }

    /** Schemas may contain themselves: what was visited adds nothing. */
    private boolean leadsToDefaults(Set<Schema> visited) {
        Schema here = structure();
        if (!visited.add(here)) {
            return false;
        }
        if (here.items != null && here.items.leadsToDefaults(visited)) {
            return true;
        }
        return here.properties.values().stream()
                .anyMatch(each -> each.node.has("default") || each.leadsToDefaults(visited));
    }

    /** {@code atomic}, {@code set} or {@code map}; atomic if nothing is declared. */
    public String listType() {
        return listType;
    }

    /** The fields that together identify an element of a list of type {@code map}. */
    public List<String> mapKeys() {
        return mapKeys;
    }

    /** Whether a map or object is replaced as a whole by server-side apply. */
    public boolean atomic() {
        String own = node.path("x-kubernetes-map-type").asString("");
        return own.equals("atomic") || (own.isEmpty() && reference != null && target().atomic());
    }

    /** The strategies of a strategic merge patch: {@code merge}, {@code replace}, {@code retainKeys}; may be empty. */
    public List<String> patchStrategies() {
        String declared = node.path("x-kubernetes-patch-strategy").asString("");
        return declared.isEmpty() ? List.of() : List.of(declared.split(","));
    }

    /** The field that identifies an element of a list in a strategic merge patch; empty if there is none. */
    public String patchMergeKey() {
        return node.path("x-kubernetes-patch-merge-key").asString("");
    }

    /** Whether fields that are not declared are kept. */
    public boolean preservesUnknown() {
        return structure().preservesUnknown;
    }

    /** Whether a value may be null and is then kept. */
    public boolean nullable() {
        return structure().node.path("nullable").asBoolean(false);
    }

    /** The OpenAPI name of the definition that this is or refers to; empty for an unnamed schema. */
    public String definitionName() {
        String name = reference == null ? definition : reference;
        return name == null ? "" : name;
    }

    /** The type as Go prints it, which is how Kubernetes names types in decoding errors: {@code []v1.Container}. */
    public String goType() {
        if (node.has(GO_TYPE)) {
            return node.path(GO_TYPE).asString();
        }
        if (!definitionName().isEmpty() && type() == Type.OBJECT) {
            String[] parts = definitionName().split("\\.");
            return parts[parts.length - 2] + "." + parts[parts.length - 1];
        }
        return switch (type()) {
            case OBJECT, ANY -> "map[string]interface {}";
            case MAP -> "map[string]" + items().goType();
            case ARRAY -> "[]" + items().goType();
            case STRING -> format().equals("byte") ? "[]uint8" : "string";
            case INTEGER -> format().isEmpty() ? "int64" : format();
            case NUMBER -> "float64";
            case BOOLEAN -> "bool";
            case INT_OR_STRING -> "intstr.IntOrString";
        };
    }

    /** The place of this field among those of its object, counted from 0. */
    int position() {
        return position;
    }

    /**
     * Whether the field of a built-in type is left out when it has this value, as Go's {@code omitempty} does: a list or map without
     * elements, an empty text, zero, false; not where the Go type is a pointer, because there those are values of their own.
     */
    boolean omits(JsonNode value) {
        return switch (type()) {
            case ARRAY, MAP -> value.isEmpty() && (zero.isEmpty() ? !required : zero.equals(OMITTED));
            case STRING -> zero.equals(OMITTED) && value.asString("").isEmpty();
            case BOOLEAN -> zero.equals(OMITTED) && !value.asBoolean(true);
            case INTEGER, NUMBER -> zero.equals(OMITTED) && value.isNumber() && value.doubleValue() == 0;
            case OBJECT, INT_OR_STRING, ANY -> false;
        };
    }

    /**
     * The fields that objects of a built-in type always have, because their Go type is neither a pointer nor left out when it is
     * zero; found out once.
     */
    List<ShownField> shownFields() {
        if (reference != null) {
            return target().shownFields();
        }
        List<ShownField> known = shownFields;
        if (known == null) {
            known = properties.entrySet().stream()
                    .filter(each -> each.getValue().zero.equals(SHOWN))
                    .map(each -> new ShownField(each.getKey(), each.getValue().zeroValue()))
                    .toList();
            shownFields = known;
        }
        return known;
    }

    /**
     * Sets the fields that objects of this kind always have, at the top and one level below it: what was removed since it was read,
     * such as the status of a new object.
     *
     * @param object changed in place
     */
    public void showZeros(ObjectNode object) {
        for (ShownField each : shownFields()) {
            if (object.get(each.name()) instanceof ObjectNode present) {
                Objects.requireNonNull(property(each.name()))
                        .shownFields()
                        .forEach(field -> field.setIfAbsent(present));
            } else {
                each.setIfAbsent(object);
            }
        }
    }

    /** An object in which nobody set anything: it has what its type always has, nothing else; a fresh one. */
    public ObjectNode zeroObject() {
        ObjectNode object = Json.object();
        shownFields().forEach(each -> each.setIfAbsent(object));
        return object;
    }

    private JsonNode zeroValue() {
        return switch (type()) {
            case OBJECT -> zeroObject();
            case BOOLEAN -> BooleanNode.FALSE;
            case INTEGER, NUMBER -> IntNode.valueOf(0);
            default -> StringNode.valueOf("");
        };
    }

    /**
     * A field that is always there.
     *
     * @param name the field
     * @param zero what it has if nobody sets it; not to be changed
     */
    record ShownField(String name, JsonNode zero) {

        void setIfAbsent(ObjectNode object) {
            if (!object.has(name)) {
                object.set(name, zero.isContainer() ? zero.deepCopy() : zero);
            }
        }
    }

    /** The name of the Go struct, without its package. */
    String structName() {
        String go = goType();
        return go.substring(go.lastIndexOf('.') + 1);
    }

    /** The named Go type of a field whose JSON type does not tell it; for messages only, never published. */
    static final String GO_TYPE = "x-go-type";

    /** What becomes of a field of a built-in type that has its zero value, where the schema does not tell it; never published. */
    static final String GO_ZERO = "x-go-zero";

    private static final String OMITTED = "omitted";
    private static final String SHOWN = "shown";

    private Schema structure() {
        return reference == null ? this : target();
    }

    private Schema target() {
        Schema known = target;
        if (known == null) {
            known = definitions.apply(Objects.requireNonNull(reference));
            target = known;
        }
        return known;
    }

    private static @Nullable String reference(JsonNode node) {
        JsonNode ref = node.path("$ref");
        return ref.isString() ? ref.asString() : null;
    }

    private static Map<String, Schema> properties(
            JsonNode node, boolean builtIn, Function<String, Schema> definitions) {
        JsonNode declared = node.path("properties");
        if (declared.isEmpty()) {
            return Map.of();
        }
        List<String> required = strings(node.path("required"));
        Map<String, Schema> properties = LinkedHashMap.newLinkedHashMap(declared.size());
        for (Map.Entry<String, JsonNode> each : declared.properties()) {
            boolean needed = !builtIn || required.contains(each.getKey());
            properties.put(each.getKey(), new Schema(each.getValue(), null, definitions, properties.size(), needed));
        }
        return Collections.unmodifiableMap(properties);
    }

    private static Type type(JsonNode node, @Nullable String definition) {
        if (node.path("x-kubernetes-int-or-string").asBoolean(false)
                || node.path("format").asString("").equals("int-or-string")) {
            return Type.INT_OR_STRING;
        }
        return switch (node.path("type").asString("")) {
            case "object" -> {
                if (definition != null && RAW.contains(definition)) {
                    yield Type.ANY;
                }
                yield node.path("additionalProperties").isObject() ? Type.MAP : Type.OBJECT;
            }
            case "array" -> Type.ARRAY;
            case "string" -> Type.STRING;
            case "integer" -> Type.INTEGER;
            case "number" -> Type.NUMBER;
            case "boolean" -> Type.BOOLEAN;
            default -> Type.ANY;
        };
    }

    /** Declared as objects, but any JSON is kept in them. */
    private static final List<String> RAW =
            List.of("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", "io.k8s.apimachinery.pkg.runtime.RawExtension");

    private static List<String> strings(JsonNode array) {
        if (array.isEmpty()) {
            return List.of();
        }
        List<String> strings = new ArrayList<>(array.size());
        array.forEach(each -> strings.add(each.asString()));
        return Collections.unmodifiableList(strings);
    }

    @Override
    public String toString() {
        return goType();
    }
}
