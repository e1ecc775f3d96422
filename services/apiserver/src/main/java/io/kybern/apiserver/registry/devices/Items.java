package io.kybern.apiserver.registry.devices;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** Walks lists and maps that may hold only so much; what holds more is not looked into. */
final class Items {

    private Items() {}

    /** Each item of a list of limited length. */
    static void each(
            JsonNode list, int max, FieldPath field, List<FieldError> errors, BiConsumer<JsonNode, FieldPath> item) {
        if (list.size() > max) {
            errors.add(FieldError.tooMany(field, list.size(), max));
            return;
        }
        int index = 0;
        for (JsonNode element : list) {
            item.accept(element, field.index(index++));
        }
    }

    /** Each item of a list of limited length in which no key may stand twice. */
    static void distinct(
            JsonNode list,
            int max,
            FieldPath field,
            Function<JsonNode, String> key,
            List<FieldError> errors,
            BiConsumer<JsonNode, FieldPath> item) {
        each(list, max, field, errors, item);
        if (list.size() > max) {
            return;
        }
        Set<String> keys = new HashSet<>();
        int index = 0;
        for (JsonNode element : list) {
            FieldPath each = field.index(index++);
            if (!keys.add(key.apply(element))) {
                errors.add(FieldError.duplicate(each, key.apply(element)));
            }
        }
    }

    /** Each entry of a map of limited size: the key is checked at the map, the value at its place. */
    static void entries(
            JsonNode map,
            int max,
            FieldPath field,
            List<FieldError> errors,
            BiConsumer<String, FieldPath> key,
            BiConsumer<JsonNode, FieldPath> value) {
        if (map.size() > max) {
            errors.add(FieldError.tooMany(field, map.size(), max));
            return;
        }
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            key.accept(entry.getKey(), field);
            value.accept(entry.getValue(), field.key(entry.getKey()));
        }
    }
}
