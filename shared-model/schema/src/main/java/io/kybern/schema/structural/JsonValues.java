package io.kybern.schema.structural;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Compares JSON by what it says: {@code 1} and {@code 1.0} are the same number. */
final class JsonValues {

    private JsonValues() {}

    /** Whether two trees say the same. */
    static boolean same(@Nullable JsonNode one, @Nullable JsonNode other) {
        if (one == null || other == null) {
            return one == other;
        }
        return one.equals(JsonValues::compare, other);
    }

    private static int compare(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber()) {
            return one.decimalValue().compareTo(other.decimalValue());
        }
        return one.equals(other) ? 0 : 1;
    }

    /** Something that equals the same of another tree exactly if both say the same, for sets. */
    static Object comparable(JsonNode value) {
        if (value.isNumber()) {
            return value.decimalValue().stripTrailingZeros();
        }
        if (value.isArray()) {
            List<Object> elements = new ArrayList<>(value.size());
            value.forEach(each -> elements.add(comparable(each)));
            return elements;
        }
        if (value.isObject()) {
            Map<String, Object> fields = new HashMap<>();
            value.properties().forEach(each -> fields.put(each.getKey(), comparable(each.getValue())));
            return fields;
        }
        return value;
    }
}
