package io.kybern.schema.structural;

import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks that sets have no element twice, and lists of type map no key.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy">merge strategy</a>
 */
public final class ListTypes {

    private ListTypes() {}

    /** The faults of a resource. */
    public static List<FieldError> validate(JsonNode resource, Structural schema) {
        List<FieldError> errors = new ArrayList<>();
        fields(resource, schema, FieldPath.root(), errors);
        return errors;
    }

    private static void fields(JsonNode object, Structural schema, FieldPath path, List<FieldError> errors) {
        object.properties().forEach(field -> {
            Structural declared = schema.properties().get(field.getKey());
            if (declared != null) {
                value(field.getValue(), declared, path.child(field.getKey()), errors);
            } else if (schema.additional() != null) {
                value(field.getValue(), schema.additional(), path.key(field.getKey()), errors);
            }
        });
    }

    private static void value(JsonNode value, Structural schema, FieldPath path, List<FieldError> errors) {
        if (value.isObject()) {
            fields(value, schema, path, errors);
        } else if (value.isArray()) {
            switch (schema.listType()) {
                case "set" -> set(value, path, errors);
                case "map" -> map(value, schema, path, errors);
                default -> {}
            }
            Structural items = schema.items();
            for (int i = 0; items != null && i < value.size(); i++) {
                value(value.get(i), items, path.index(i), errors);
            }
        }
    }

    private static void set(JsonNode array, FieldPath path, List<FieldError> errors) {
        List<JsonNode> elements = new ArrayList<>();
        array.forEach(elements::add);
        unique(elements, path, errors);
    }

    /** Names the second of each that is there more than once. */
    private static void unique(List<? extends JsonNode> elements, FieldPath path, List<FieldError> errors) {
        Map<Object, Integer> seen = new HashMap<>();
        for (int i = 0; i < elements.size(); i++) {
            int times = seen.merge(JsonValues.comparable(elements.get(i)), 1, Integer::sum);
            if (times == 2) {
                errors.add(FieldError.duplicate(path.index(i), elements.get(i)));
            }
        }
    }

    private static void map(JsonNode array, Structural schema, FieldPath path, List<FieldError> errors) {
        List<String> names = schema.mapKeys();
        List<ObjectNode> keys = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            JsonNode element = array.get(i);
            if (!element.isNull() && !element.isObject()) {
                errors.add(
                        FieldError.invalid(path.index(i), element, "must be an object for an array of list-type map"));
                return;
            }
            ObjectNode key = Json.object();
            for (String name : names) {
                if (element.has(name)) {
                    key.set(name, element.get(name));
                }
            }
            keys.add(key);
        }
        unique(keys, path, errors);
    }
}
