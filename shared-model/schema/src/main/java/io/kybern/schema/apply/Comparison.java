package io.kybern.schema.apply;

import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What differs between two objects of one type.
 *
 * @param added what only the second has
 * @param removed what only the first has
 * @param modified what has another value
 */
record Comparison(FieldSet added, FieldSet removed, FieldSet modified) {

    static Comparison of(JsonNode before, JsonNode after, Schema schema) {
        Comparison comparison = empty();
        comparison.children(before, after, schema);
        return comparison;
    }

    private static Comparison empty() {
        return new Comparison(new FieldSet(), new FieldSet(), new FieldSet());
    }

    /** The same without what is at or below a field at the top. */
    Comparison without(String field) {
        return new Comparison(added.without(field), removed.without(field), modified.without(field));
    }

    private void compare(
            PathElement element, @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
        JsonNode one = before == null ? after : before;
        JsonNode other = after == null ? before : after;
        if (one == null || other == null) {
            return;
        }
        boolean bothEmpty = one.isContainer() && other.isContainer() && one.isEmpty() && other.isEmpty();
        Shape shape = Shape.of(schema, one);
        boolean whole = shape == Shape.WHOLE || shape != Shape.of(schema, other) || bothEmpty;
        if (!whole) {
            Comparison below = empty();
            below.children(before, after, schema);
            added.putChild(element, below.added);
            removed.putChild(element, below.removed);
            modified.putChild(element, below.modified);
        }
        if (before == null) {
            added.add(element);
        } else if (after == null) {
            removed.add(element);
        } else if (whole && !TypedMerge.same(before, after)) {
            modified.add(element);
        }
    }

    private void children(@Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
        JsonNode any = before == null ? after : before;
        if (any != null && any.isArray() && schema != null) {
            elements(before, after, schema);
            return;
        }
        Set<String> names = new LinkedHashSet<>();
        if (before != null) {
            names.addAll(before.propertyNames());
        }
        if (after != null) {
            names.addAll(after.propertyNames());
        }
        for (String name : names) {
            PathElement element = PathElement.field(name);
            compare(
                    element,
                    before == null ? null : before.get(name),
                    after == null ? null : after.get(name),
                    Shape.below(schema, element));
        }
    }

    private void elements(@Nullable JsonNode before, @Nullable JsonNode after, Schema schema) {
        Map<PathElement, List<JsonNode>> left = byElement(before, schema);
        Map<PathElement, List<JsonNode>> right = byElement(after, schema);
        Set<PathElement> all = new LinkedHashSet<>(left.keySet());
        all.addAll(right.keySet());
        for (PathElement element : all) {
            List<JsonNode> lefts = left.getOrDefault(element, List.of());
            List<JsonNode> rights = right.getOrDefault(element, List.of());
            if (lefts.size() > 1 && rights.size() > 1) {
                if (!lefts.equals(rights)) {
                    modified.add(element);
                }
            } else if (lefts.size() > 1) {
                rights.forEach(value -> compare(element, null, value, schema.items()));
                removed.add(element);
            } else if (rights.size() > 1) {
                lefts.forEach(value -> compare(element, value, null, schema.items()));
                added.add(element);
            } else {
                compare(
                        element,
                        lefts.isEmpty() ? null : lefts.getFirst(),
                        rights.isEmpty() ? null : rights.getFirst(),
                        schema.items());
            }
        }
    }

    /** An element that comes several times counts as one. */
    static Map<PathElement, List<JsonNode>> byElement(@Nullable JsonNode list, Schema schema) {
        Map<PathElement, List<JsonNode>> byElement = new LinkedHashMap<>();
        if (list != null) {
            for (JsonNode value : list) {
                PathElement element = PathElement.of(value, schema);
                if (element != null) {
                    byElement
                            .computeIfAbsent(element, key -> new ArrayList<>(1))
                            .add(value);
                }
            }
        }
        return byElement;
    }
}
