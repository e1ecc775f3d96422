package io.kybern.schema;

import io.kybern.api.Json;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What differs between the two OpenAPI versions that are published. */
enum OpenApiDialect {
    V2("#/definitions/"),
    V3("#/components/schemas/");

    private static final String QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    private static final String INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

    private final String references;

    OpenApiDialect(String references) {
        this.references = references;
    }

    /**
     * A definition as it is published.
     *
     * @param definition changed on the way
     * @param texts the description of each definition, for fields that have none of their own
     */
    ObjectNode definition(String name, ObjectNode definition, UnaryOperator<String> texts) {
        if (this == V3 && name.equals(QUANTITY)) {
            return either(definition, List.of("string", "number"));
        }
        if (this == V3 && name.equals(INT_OR_STRING)) {
            return either(definition, List.of("integer", "string"));
        }
        return (ObjectNode) schema(definition, texts);
    }

    /** A reference to a definition. */
    ObjectNode reference(String name) {
        return Json.object().put("$ref", references + name);
    }

    private static ObjectNode either(ObjectNode definition, List<String> types) {
        definition.remove("type");
        ArrayNode oneOf = definition.putArray("oneOf");
        types.forEach(type -> oneOf.addObject().put("type", type));
        return definition;
    }

    /** OpenAPI 3 ignores what stands beside a reference, so there the reference goes into an {@code allOf}. */
    private JsonNode schema(JsonNode node, UnaryOperator<String> texts) {
        if (!(node instanceof ObjectNode schema)) {
            return node;
        }
        schema.remove(Schema.GO_TYPE);
        schema.remove(Schema.GO_ZERO);
        if (schema.path("$ref").isString()) {
            String reference = references + schema.path("$ref").asString();
            if (this == V3 && schema.size() > 1) {
                schema.remove("$ref");
                schema.putArray("allOf").addObject().put("$ref", reference);
            } else {
                schema.put("$ref", reference);
            }
        }
        for (String nested : List.of("items", "additionalProperties")) {
            if (schema.has(nested)) {
                schema.set(nested, schema(schema.get(nested), texts));
            }
        }
        if (schema.get("properties") instanceof ObjectNode properties) {
            for (Map.Entry<String, JsonNode> property : properties.properties()) {
                if (property.getValue() instanceof ObjectNode field && !field.has("description")) {
                    String text = texts.apply(field.path("$ref").asString(""));
                    if (!text.isEmpty()) {
                        field.put("description", text);
                    }
                }
                property.setValue(schema(property.getValue(), texts));
            }
        }
        return schema;
    }
}
