package io.kybern.schema.structural;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sets the defaults of a schema: of absent fields, and of fields that are null though they may not be. Null without a default, where
 * it is no value, is taken out.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable">defaulting
 *     and nullable</a>
 */
public final class StructuralDefaults {

    private StructuralDefaults() {}

    /** Applies to a value in place, also inside of defaults that were just set. Doing it twice changes nothing more. */
    public static void apply(JsonNode value, Structural schema) {
        removeNulls(value, schema);
        setDefaults(value, schema);
    }

    private static void removeNulls(JsonNode value, @Nullable Structural schema) {
        if (value instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
                Structural of = schema == null ? null : schema.field(field.getKey());
                if (of != null
                        && isNoValue(field.getValue(), of)
                        && of.defaultValue().isEmpty()) {
                    object.remove(field.getKey());
                } else {
                    removeNulls(field.getValue(), of);
                }
            }
        } else if (value instanceof ArrayNode array) {
            Structural items = schema == null ? null : schema.items();
            array.forEach(element -> removeNulls(element, items));
        }
    }

    private static boolean isNoValue(JsonNode value, Structural schema) {
        return value.isNull() && !schema.nullable();
    }

    private static void setDefaults(JsonNode value, @Nullable Structural schema) {
        if (schema == null) {
            return;
        }
        if (value instanceof ObjectNode object) {
            schema.properties().forEach((name, field) -> field.defaultValue()
                    .filter(declared -> !object.has(name) || isNoValue(object.get(name), field))
                    .ifPresent(declared -> object.set(name, declared.deepCopy())));
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                Structural of = schema.field(field.getKey());
                if (of == null) {
                    continue;
                }
                if (isNoValue(field.getValue(), of) && of.defaultValue().isPresent()) {
                    field.setValue(of.defaultValue().get().deepCopy());
                }
                setDefaults(field.getValue(), of);
            }
        } else if (value instanceof ArrayNode array && schema.items() != null) {
            Structural items = schema.items();
            for (int i = 0; i < array.size(); i++) {
                if (isNoValue(array.get(i), items) && items.defaultValue().isPresent()) {
                    array.set(i, items.defaultValue().get().deepCopy());
                }
                setDefaults(array.get(i), items);
            }
        }
    }
}
