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
            Comparison.byStep(object, schema).forEach((step, values) -> {
                boolean whole = values.size() > 1 || Shape.of(schema.items(), values.getFirst()) == Shape.WHOLE;
                FieldSet child = whole ? new FieldSet() : fields(values.getFirst(), schema.items());
                child.include();
                set.putChild(step, child);
            });
            return set;
        }
        for (Map.Entry<String, JsonNode> each : object.properties()) {
            Schema field = Shape.below(schema, each.getKey());
            JsonNode value = each.getValue();
            boolean whole = Shape.of(field, value) == Shape.WHOLE;
            FieldSet child = whole ? new FieldSet() : fields(value, field);
            boolean declared = schema != null && schema.type() == Schema.Type.OBJECT && field != null;
            if (whole || !declared || (value.isObject() && value.isEmpty())) {
                child.include();
            }
            set.putChild(Steps.field(each.getKey()), child);
        }
        return set;
    }

    /** Whether values are the same, whatever type of number they are read as. */
    static boolean same(JsonNode left, JsonNode right) {
        if (left.isString() || right.isString()) {
            return left.equals(right);
        }
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
            merged.set(name, merge(live.get(name), config.get(name), Shape.below(schema, name)));
        }
        return merged;
    }

    /**
     * Merges lists by their elements. The configuration decides the order of what it has; what only the live list has keeps
     * its place before the shared element that follows it.
     */
    private static ArrayNode mergeElements(ArrayNode live, ArrayNode config, Schema schema) {
        Map<String, List<JsonNode>> inLive = Comparison.byStep(live, schema);
        Map<String, List<JsonNode>> inConfig = Comparison.byStep(config, schema);
        List<String> left = elements(live, schema);
        List<String> right = new ArrayList<>(inConfig.keySet());
        Deque<String> shared = new ArrayDeque<>(right);
        shared.removeIf(element -> !inLive.containsKey(element));
        Set<String> done = new HashSet<>();
        ArrayNode merged = Json.array();
        int l = 0;
        int r = 0;
        while (l < left.size() || r < right.size()) {
            String ours = l < left.size() ? left.get(l) : null;
            String theirs = r < right.size() ? right.get(r) : null;
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

    private static List<String> elements(ArrayNode list, Schema schema) {
        List<String> elements = new ArrayList<>(list.size());
        for (JsonNode value : list) {
            String step = Steps.element(value, schema);
            elements.add(step == null ? Steps.value(value) : step);
        }
        return elements;
    }

    /**
     * The value without what the set names.
     *
     * @param emptied stands for a list or map that has nothing left but is not itself named; null if it shall stay, empty
     */
    static JsonNode remove(JsonNode value, FieldSet gone, @Nullable Schema schema, @Nullable JsonNode emptied) {
        if (gone.isEmpty()) {
            return value;
        }
        return switch (Shape.of(schema, value)) {
            case WHOLE -> value;
            case FIELDS -> {
                ObjectNode kept = Json.object();
                for (Map.Entry<String, JsonNode> each : value.properties()) {
                    FieldSet below = gone.below(Steps.field(each.getKey()));
                    if (!below.isMember()) {
                        Schema field = Shape.below(schema, each.getKey());
                        kept.set(each.getKey(), remove(each.getValue(), below, field, emptied));
                    }
                }
                yield kept.isEmpty() && emptied != null ? emptied : kept;
            }
            case ELEMENTS -> {
                ArrayNode kept = Json.array();
                Schema list = Objects.requireNonNull(schema);
                for (JsonNode each : value) {
                    String step = Steps.element(each, list);
                    FieldSet below = step == null ? new FieldSet() : gone.below(step);
                    if (!below.isMember()) {
                        kept.add(remove(each, below, list.items(), emptied));
                    }
                }
                yield kept.isEmpty() && emptied != null ? emptied : kept;
            }
        };
    }
}
