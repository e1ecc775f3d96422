package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.schema.Schema;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One step from a value into a part of it, in the form that {@code fieldsV1} has: {@code f:name} for a field or map key,
 * {@code k:{"name":"c"}} for the element of a list that has these keys, {@code v:"x"} for an element of a set, {@code i:0}
 * for an element by its index.
 *
 * @param text the step as it is written; keys are sorted, so equal steps have equal texts
 */
record PathElement(String text) implements Comparable<PathElement> {

    static PathElement field(String name) {
        return new PathElement("f:" + name);
    }

    static PathElement value(JsonNode value) {
        return new PathElement("v:" + Json.string(value));
    }

    /**
     * Reads a step.
     *
     * @throws IllegalArgumentException if it is none
     */
    static PathElement parse(String text) {
        if (text.length() < 2 || text.charAt(1) != ':' || "fkvi".indexOf(text.charAt(0)) < 0) {
            throw new IllegalArgumentException("not a path element: " + text);
        }
        if (text.charAt(0) == 'f' || text.charAt(0) == 'i') {
            return new PathElement(text);
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
    static @Nullable PathElement of(JsonNode element, Schema list) {
        if (list.mapKeys().isEmpty()) {
            return element.isValueNode() && !element.isNull() ? value(element) : null;
        }
        if (!element.isObject()) {
            return null;
        }
        ObjectNode keys = Json.object();
        for (String key : list.mapKeys()) {
            JsonNode value = element.get(key);
            Schema field = list.items().property(key);
            if (value == null && field != null) {
                value = field.defaultValue().orElse(null);
            }
            if (value != null) {
                keys.set(key, value);
            }
        }
        return keys.isEmpty() ? null : keys(keys);
    }

    private static PathElement keys(ObjectNode keys) {
        TreeMap<String, JsonNode> sorted = new TreeMap<>();
        keys.properties().forEach(each -> sorted.put(each.getKey(), each.getValue()));
        ObjectNode ordered = Json.object();
        sorted.forEach(ordered::set);
        return new PathElement("k:" + Json.string(ordered));
    }

    boolean isField() {
        return text.charAt(0) == 'f';
    }

    /** The name of a field; the rest of the text for other steps. */
    String name() {
        return text.substring(2);
    }

    /** The step as messages show it: {@code .spec}, {@code [name="c"]}, {@code [="x"]}. */
    String shown() {
        return switch (text.charAt(0)) {
            case 'f' -> "." + name();
            case 'v' -> "[=" + name() + "]";
            case 'i' -> "[" + name() + "]";
            default -> {
                StringJoiner keys = new StringJoiner(",", "[", "]");
                Json.read(name())
                        .properties()
                        .forEach(each -> keys.add(each.getKey() + "=" + Json.string(each.getValue())));
                yield keys.toString();
            }
        };
    }

    @Override
    public int compareTo(PathElement other) {
        return text.compareTo(other.text);
    }
}
