package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.schema.Schema;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads, merges and cuts values by their schema. No argument is changed; results share parts with them. */
final class TypedMerge {

    private TypedMerge() {}

    /** The paths that a configuration sets. */
    static FieldSet fields(JsonNode object, @Nullable Schema schema) {
        FieldSet set = new FieldSet();
        if (object.isArray() && schema != null) {
            Comparison.byElement(object, schema).forEach((element, values) -> {
                set.add(element);
                if (values.size() == 1 && Shape.of(schema.items(), values.getFirst()) != Shape.WHOLE) {
                    set.putChild(element, fields(values.getFirst(), schema.items()));
                }
            });
            return set;
        }
        for (Map.Entry<String, JsonNode> each : object.properties()) {
            PathElement element = PathElement.field(each.getKey());
            Schema field = Shape.below(schema, element);
            JsonNode value = each.getValue();
            boolean declared = schema != null && schema.type() == Schema.Type.OBJECT && field != null;
            if (Shape.of(field, value) == Shape.WHOLE) {
                set.add(element);
            } else {
                set.putChild(element, fields(value, field));
                if (!declared || (value.isObject() && value.isEmpty())) {
                    set.add(element);
                }
            }
        }
        return set;
    }

    /** Whether values are the same, whatever type of number they are read as. */
    static boolean same(JsonNode left, JsonNode right) {
        return left.equals(
                (one, other) -> one.isNumber() && other.isNumber()
                        ? one.decimalValue().compareTo(other.decimalValue())
                        : one.equals(other) ? 0 : 1,
                right);
    }

    /** What is live with the configuration laid over it. */
    static JsonNode merge(@Nullable JsonNode live, @Nullable JsonNode config, @Nullable Schema schema) {
        if (config == null || live == null) {
            return live == null ? Objects.requireNonNull(config) : live;
        }
        Shape shape = Shape.of(schema, config);
        if (shape == Shape.WHOLE || shape != Shape.of(schema, live)) {
            return config;
        }
        if (shape == Shape.ELEMENTS && schema != null) {
            return mergeElements((ArrayNode) live, (ArrayNode) config, schema);
        }
        Set<String> names = new LinkedHashSet<>(live.propertyNames());
        names.addAll(config.propertyNames());
        ObjectNode merged = Json.object();
        for (String name : names) {
            merged.set(name, merge(live.get(name), config.get(name), Shape.below(schema, PathElement.field(name))));
        }
        return merged;
    }

    /**
     * Merges lists by their elements. The configuration decides the order of what it has; what only the live list has keeps
     * its place before the shared element that follows it.
     */
    private static ArrayNode mergeElements(ArrayNode live, ArrayNode config, Schema schema) {
        Map<PathElement, List<JsonNode>> inLive = Comparison.byElement(live, schema);
        Map<PathElement, List<JsonNode>> inConfig = Comparison.byElement(config, schema);
        List<PathElement> left = elements(live, schema);
        List<PathElement> right = new ArrayList<>(inConfig.keySet());
        Deque<PathElement> shared = new ArrayDeque<>(right);
        shared.removeIf(element -> !inLive.containsKey(element));
        Set<PathElement> done = new HashSet<>();
        ArrayNode merged = Json.array();
        int l = 0;
        int r = 0;
        while (l < left.size() || r < right.size()) {
            PathElement ours = l < left.size() ? left.get(l) : null;
            PathElement theirs = r < right.size() ? right.get(r) : null;
            if (ours != null && theirs != null && !ours.equals(theirs)) {
                boolean laterInConfig = inConfig.containsKey(ours) && !ours.equals(shared.peek());
                if (laterInConfig && shared.peek() != null) {
                    l++;
                    continue;
                }
            }
            if (ours != null && !inConfig.containsKey(ours)) {
                merged.add(live.get(l));
                l++;
                continue;
            }
            if (ours != null && (done.contains(ours) || ours.equals(theirs))) {
                l++;
            }
            if (theirs != null) {
                done.add(theirs);
                merged.add(merge(only(inLive.get(theirs)), only(inConfig.get(theirs)), schema.items()));
                if (theirs.equals(shared.peek())) {
                    shared.remove();
                }
                r++;
            }
        }
        return merged;
    }

    /** The one value; null if there is none, or several that cannot be told apart. */
    private static @Nullable JsonNode only(@Nullable List<JsonNode> values) {
        return values == null || values.size() > 1 ? null : values.getFirst();
    }

    private static List<PathElement> elements(ArrayNode list, Schema schema) {
        List<PathElement> elements = new ArrayList<>(list.size());
        for (JsonNode value : list) {
            PathElement element = PathElement.of(value, schema);
            elements.add(element == null ? PathElement.value(value) : element);
        }
        return elements;
    }

    /** The value without what the set names; null if nothing is left of a list or map. */
    static @Nullable JsonNode remove(JsonNode value, FieldSet gone, @Nullable Schema schema) {
        if (gone.isEmpty()) {
            return value;
        }
        return switch (Shape.of(schema, value)) {
            case WHOLE -> value;
            case FIELDS -> {
                ObjectNode kept = Json.object();
                for (Map.Entry<String, JsonNode> each : value.properties()) {
                    PathElement element = PathElement.field(each.getKey());
                    JsonNode left = gone.has(element)
                            ? null
                            : remove(each.getValue(), gone.below(element), Shape.below(schema, element));
                    if (left != null) {
                        kept.set(each.getKey(), left);
                    }
                }
                yield kept.isEmpty() ? null : kept;
            }
            case ELEMENTS -> {
                ArrayNode kept = Json.array();
                Schema list = Objects.requireNonNull(schema);
                for (JsonNode each : value) {
                    PathElement element = PathElement.of(each, list);
                    JsonNode left = element == null
                            ? each
                            : gone.has(element) ? null : remove(each, gone.below(element), list.items());
                    if (left != null) {
                        kept.add(left);
                    }
                }
                yield kept.isEmpty() ? null : kept;
            }
        };
    }
}
