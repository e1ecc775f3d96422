package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Steps from a value into a part of it, as the texts that {@code fieldsV1} has: {@code f:name} for a field or map key,
 * {@code k:{"name":"c"}} for the element of a list that has these keys, {@code v:"x"} for an element of a set, {@code i:0}
 * for an element by its index. Keys are sorted, so equal steps have equal texts.
 */
final class Steps {

    private Steps() {}

    static String field(String name) {
        return "f:".concat(name);
    }

    static String value(JsonNode value) {
        return "v:".concat(text(value));
    }

    /**
     * A step in its normal form.
     *
     * @throws IllegalArgumentException if the text is none
     */
    static String parse(String text) {
        if (text.length() < 2 || text.charAt(1) != ':' || "fkvi".indexOf(text.charAt(0)) < 0) {
            throw new IllegalArgumentException("not a path element: " + text);
        }
        if (text.charAt(0) == 'f' || text.charAt(0) == 'i') {
            return text;
        }
        try {
            JsonNode content = Json.read(text.substring(2));
            return text.charAt(0) == 'v' ? value(content) : keys((ObjectNode) content);
        } catch (JacksonException | ClassCastException e) {
            throw new IllegalArgumentException("not a path element: " + text, e);
        }
    }

    /**
     * The step to an element of a list of type set or map.
     *
     * @return null if the element lacks all keys, or has no place in such a list
     */
    static @Nullable String element(JsonNode element, Schema list) {
        List<String> keys = list.mapKeys();
        if (keys.isEmpty()) {
            return element.isValueNode() && !element.isNull() ? value(element) : null;
        }
        if (!element.isObject()) {
            return null;
        }
        if (keys.size() > 1) {
            keys = new ArrayList<>(keys);
            Collections.sort(keys);
        }
        StringBuilder step = new StringBuilder("k:{");
        for (String key : keys) {
            JsonNode value = element.get(key);
            if (value == null) {
                Schema field = list.items().property(key);
                value = field == null ? null : field.defaultValue().orElse(null);
            }
            if (value != null) {
                step.append(step.length() == 3 ? "\"" : ",\"")
                        .append(key)
                        .append("\":")
                        .append(text(value));
            }
        }
        return step.length() == 3 ? null : step.append('}').toString();
    }

    private static String keys(ObjectNode keys) {
        TreeMap<String, JsonNode> sorted = new TreeMap<>();
        keys.properties().forEach(each -> sorted.put(each.getKey(), each.getValue()));
        ObjectNode ordered = Json.object();
        sorted.forEach(ordered::set);
        return "k:" + Json.string(ordered);
    }

    /** The value as JSON; most are short names, for which a writer would be a waste. */
    private static String text(JsonNode value) {
        if (value.isString()) {
            String text = value.asString();
            return isPlain(text) ? "\"" + text + "\"" : Json.string(value);
        }
        return value.isIntegralNumber() ? value.asString() : Json.string(value);
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\' || c > '~') {
                return false;
            }
        }
        return true;
    }

    static boolean isField(String step) {
        return step.charAt(0) == 'f';
    }

    /** The name of a field; the rest of the text for other steps. */
    static String name(String step) {
        return step.substring(2);
    }

    /** The step as messages show it: {@code .spec}, {@code [name="c"]}, {@code [="x"]}. */
    static String shown(String step) {
        return switch (step.charAt(0)) {
            case 'f' -> "." + name(step);
            case 'v' -> "[=" + name(step) + "]";
            case 'i' -> "[" + name(step) + "]";
            default -> {
                StringJoiner keys = new StringJoiner(",", "[", "]");
                Json.read(name(step))
                        .properties()
                        .forEach(each -> keys.add(each.getKey() + "=" + Json.string(each.getValue())));
                yield keys.toString();
            }
        };
    }
}
