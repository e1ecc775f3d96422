package io.kybern.apiserver.registry.table;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Computes one cell of a row. */
@FunctionalInterface
interface Cell {

    String NONE = "<none>";
    String UNSET = "<unset>";
    String UNKNOWN = "<unknown>";

    /** The value: a string, or a number where the column is one. */
    JsonNode of(JsonNode object, Instant now);

    /** A text. */
    static Cell text(Function<JsonNode, String> value) {
        return (object, now) -> JsonNodeFactory.instance.stringNode(value.apply(object));
    }

    /** A number. */
    static Cell number(Function<JsonNode, Long> value) {
        return (object, now) -> JsonNodeFactory.instance.numberNode(value.apply(object));
    }

    /** The text at a path, with dots; empty if it is absent. */
    static Cell at(String path) {
        return text(object -> get(object, path).asString(""));
    }

    /** The text at a path, or what stands for its absence. */
    static Cell at(String path, String otherwise) {
        return text(object -> get(object, path).asString(otherwise));
    }

    /** The number at a path, 0 if it is absent. */
    static Cell numberAt(String path) {
        return number(object -> get(object, path).asLong(0));
    }

    /** The number of entries at a path. */
    static Cell sizeOf(String path) {
        return number(object -> (long) get(object, path).size());
    }

    /** The time since the object was made. */
    static Cell age() {
        return (object, now) -> JsonNodeFactory.instance.stringNode(
                HumanDuration.since(get(object, "metadata.creationTimestamp"), now));
    }

    /** What is at a path, with dots. */
    static JsonNode get(JsonNode object, String path) {
        JsonNode node = object;
        for (String name : path.split("\\.")) {
            node = node.path(name);
        }
        return node;
    }

    /** The texts of a list, each at a path within its elements. */
    static List<String> each(JsonNode list, String path) {
        List<String> texts = new ArrayList<>();
        list.forEach(element -> texts.add(get(element, path).asString("")));
        return texts;
    }

    /** The texts of a list of texts. */
    static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asString("")));
        return texts;
    }

    /** Labels as {@code a=b,c=d}, sorted; {@code <none>} for none. */
    static String labels(JsonNode labels) {
        if (labels.isEmpty()) {
            return NONE;
        }
        Map<String, String> sorted = new TreeMap<>();
        labels.properties()
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue().asString("")));
        return sorted.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
    }
}
