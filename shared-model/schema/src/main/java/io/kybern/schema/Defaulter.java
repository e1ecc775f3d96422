package io.kybern.schema;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Sets the defaults that a schema declares; what needs code is the strategies' part. */
public final class Defaulter {

    private Defaulter() {}

    /**
     * Sets each absent field that has a declared default, also inside of defaults that were just set. Fields that are present
     * keep their value, empty or not.
     *
     * @param object changed in place
     */
    public static void apply(ObjectNode object, Schema schema) {
        switch (schema.type()) {
            case OBJECT ->
                schema.defaultedProperties().forEach((name, field) -> {
                    JsonNode present = object.get(name);
                    if (present == null || (present.isNull() && !field.nullable())) {
                        field.defaultValue().ifPresent(value -> object.set(name, value.deepCopy()));
                        present = object.get(name);
                    }
                    descend(present, field);
                });
            case MAP -> {
                if (schema.leadsToDefaults()) {
                    object.forEach(value -> descend(value, schema.items()));
                }
            }
            default -> {}
        }
    }

    private static void descend(@Nullable JsonNode value, Schema schema) {
        if (value instanceof ObjectNode object) {
            apply(object, schema);
        } else if (value instanceof ArrayNode array && schema.type() == Schema.Type.ARRAY && schema.leadsToDefaults()) {
            array.forEach(element -> descend(element, schema.items()));
        }
    }
}
