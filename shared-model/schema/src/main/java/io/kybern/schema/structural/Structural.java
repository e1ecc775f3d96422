package io.kybern.schema.structural;

import io.kybern.api.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The structure of a custom resource's schema: fields, elements, and the Kubernetes extensions. What restricts values is in
 * {@link #node}. Immutable and safe to share.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema">structural
 *     schemas</a>
 */
public final class Structural {

    private final JsonNode node;
    private final String type;
    private final Map<String, Structural> properties;
    private final @Nullable Structural items;
    private final @Nullable Structural additional;
    private final boolean anyAdditional;
    private final boolean nullable;
    private final boolean preservesUnknown;
    private final boolean embedded;
    private final boolean intOrString;
    private final @Nullable JsonNode defaultValue;

    private Structural(JsonNode node, boolean embedded) {
        this.node = node;
        this.type = node.path("type").asString("");
        this.properties = properties(node.path("properties"));
        this.items = node.path("items").isObject() ? parse(node.get("items")) : null;
        JsonNode others = node.path("additionalProperties");
        this.additional = others.isObject() ? parse(others) : null;
        this.anyAdditional = others.isBoolean() && others.asBoolean();
        this.nullable = flag("nullable");
        this.preservesUnknown = flag("x-kubernetes-preserve-unknown-fields");
        this.embedded = embedded || flag("x-kubernetes-embedded-resource");
        this.intOrString = flag("x-kubernetes-int-or-string");
        JsonNode declared = node.path("default");
        this.defaultValue = declared.isMissingNode() || declared.isNull() ? null : declared;
    }

    private boolean flag(String name) {
        return node.path(name).asBoolean(false);
    }

    private static Map<String, Structural> properties(JsonNode declared) {
        if (declared.isEmpty()) {
            return Map.of();
        }
        Map<String, Structural> properties = LinkedHashMap.newLinkedHashMap(declared.size());
        declared.properties().forEach(each -> properties.put(each.getKey(), parse(each.getValue())));
        return Collections.unmodifiableMap(properties);
    }

    /**
     * Reads a schema in its OpenAPI form.
     *
     * @param node an {@code openAPIV3Schema} or a part of one; not to be changed afterwards
     */
    public static Structural parse(JsonNode node) {
        return new Structural(node, false);
    }

    /** The same for the schema of a whole resource, whose {@code apiVersion}, {@code kind} and {@code metadata} need not be declared. */
    public static Structural ofResource(JsonNode node) {
        return new Structural(node, true);
    }

    /** A resource of which everything is kept. */
    public static Structural anything() {
        ObjectNode node = Json.object().put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
        return ofResource(node);
    }

    /** The schema as it was declared; not to be changed. */
    public JsonNode node() {
        return node;
    }

    /** {@code object}, {@code array}, {@code string}, {@code integer}, {@code number}, {@code boolean}, or empty. */
    public String type() {
        return type;
    }

    /** The declared fields, in their order. */
    public Map<String, Structural> properties() {
        return properties;
    }

    /** The schema of a list's elements; null if there is none. */
    public @Nullable Structural items() {
        return items;
    }

    /** The schema of the values of fields that are not declared; null if there is none. */
    public @Nullable Structural additional() {
        return additional;
    }

    /** Whether fields that are not declared may have any value. */
    public boolean anyAdditional() {
        return anyAdditional;
    }

    /** Whether null is a value, rather than another way to say that there is none. */
    public boolean nullable() {
        return nullable;
    }

    /** Whether fields that are not declared are kept. */
    public boolean preservesUnknown() {
        return preservesUnknown;
    }

    /** Whether the value is a whole resource with metadata. */
    public boolean embedded() {
        return embedded;
    }

    /** Whether the value is an integer or a string. */
    public boolean intOrString() {
        return intOrString;
    }

    /** What the field has if it is absent; not to be changed. */
    public Optional<JsonNode> defaultValue() {
        return Optional.ofNullable(defaultValue);
    }

    /** {@code atomic}, {@code set}, {@code map}, or empty. */
    public String listType() {
        return node.path("x-kubernetes-list-type").asString("");
    }

    /** The fields that identify an element of a list of type {@code map}. */
    public List<String> mapKeys() {
        List<String> keys = new ArrayList<>();
        node.path("x-kubernetes-list-map-keys").forEach(each -> keys.add(each.asString("")));
        return keys;
    }

    /** {@code atomic}, {@code granular}, or empty. */
    public String mapType() {
        return node.path("x-kubernetes-map-type").asString("");
    }

    /** The schema of a field: as it is declared, else that of all other fields; null if there is neither. */
    public @Nullable Structural field(String name) {
        Structural declared = properties.get(name);
        return declared == null ? additional : declared;
    }

    /** Whether any field, at any depth, has a default. */
    public boolean hasDefaults() {
        return defaultValue != null
                || (items != null && items.hasDefaults())
                || (additional != null && additional.hasDefaults())
                || properties.values().stream().anyMatch(Structural::hasDefaults);
    }
}
