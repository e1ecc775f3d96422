package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What differs between two objects of one type: found by one walk over both side by side, which makes nothing where they are
 * equal.
 */
final class Comparison {

    private static final ObjectNode NO_FIELDS = Json.object();
    private static final ArrayNode NO_ELEMENTS = Json.array();

    /**
     * Fields that are structures in the Go types, not pointers to them, where they matter: in objects that are there. They are there
     * from the start, so they have no owner; only what is in them has.
     */
    private static final Set<String> ALWAYS_THERE = Set.of(
            "metadata",
            "spec",
            "status",
            "template",
            "jobTemplate",
            "strategy",
            "updateStrategy",
            "resources",
            "scaleTargetRef",
            "loadBalancer",
            "nodeInfo",
            "daemonEndpoints",
            "kubeletEndpoint",
            "names",
            "acceptedNames",
            "roleRef",
            "involvedObject",
            "regarding",
            "source");

    private final Place root = new Place(new FieldSet(), new FieldSet());

    private Comparison() {}

    /** Compares all that two objects have. */
    static Comparison of(JsonNode before, JsonNode after, Schema schema) {
        Comparison comparison = new Comparison();
        comparison.fields(comparison.root, before, after, schema);
        return comparison;
    }

    /** Compares what the manager can change and what can have an owner. */
    static Comparison of(JsonNode before, JsonNode after, FieldManager manager, Schema schema) {
        Comparison comparison = new Comparison();
        for (String name : after.propertyNames()) {
            comparison.top(name, before, after, manager, schema);
        }
        for (String name : before.propertyNames()) {
            if (!after.has(name)) {
                comparison.top(name, before, after, manager, schema);
            }
        }
        return comparison;
    }

    /** What only the second has, or has with another value. */
    FieldSet changed() {
        return root.changed();
    }

    /** What only the first has. */
    FieldSet removed() {
        return root.removed();
    }

    boolean isEmpty() {
        return changed().isEmpty() && removed().isEmpty();
    }

    private void top(String name, JsonNode before, JsonNode after, FieldManager manager, Schema schema) {
        if (!manager.changes(name) || Ownable.never(name)) {
            return;
        }
        Place place = root.field(name);
        Schema field = Shape.below(schema, name);
        if (name.equals(Ownable.METADATA)) {
            metadata(place, before.path(name), after.path(name), field);
        } else {
            field(place, before.get(name), after.get(name), field, new Parent(schema));
        }
    }

    private void metadata(Place place, JsonNode before, JsonNode after, @Nullable Schema schema) {
        Parent parent = new Parent(schema);
        for (Map.Entry<String, JsonNode> each : after.properties()) {
            if (!Ownable.neverOfMetadata(each.getKey())) {
                field(
                        place.field(each.getKey()),
                        before.get(each.getKey()),
                        each.getValue(),
                        Shape.below(schema, each.getKey()),
                        parent);
            }
        }
        for (Map.Entry<String, JsonNode> each : before.properties()) {
            if (!Ownable.neverOfMetadata(each.getKey()) && !after.has(each.getKey())) {
                field(place.field(each.getKey()), each.getValue(), null, Shape.below(schema, each.getKey()), parent);
            }
        }
    }

    /**
     * Compares a field of two objects that are there. What is always there in a Go object is no change if it is only empty on one
     * side: structures, and lists that must be given.
     */
    private void field(
            Place place, @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema, Parent parent) {
        if ((before == null || after == null) && schema != null && parent.isGoStruct()) {
            boolean structure = schema.type() == Schema.Type.OBJECT && ALWAYS_THERE.contains(place.name);
            boolean list = schema.type() == Schema.Type.ARRAY && parent.requires(place.name);
            JsonNode nothing = structure ? NO_FIELDS : list ? NO_ELEMENTS : null;
            compare(place, before == null ? nothing : before, after == null ? nothing : after, schema);
        } else {
            compare(place, before, after, schema);
        }
    }

    /** The schema of the object around a field. */
    private record Parent(@Nullable Schema schema) {

        boolean isGoStruct() {
            return schema != null && !schema.definitionName().isEmpty();
        }

        boolean requires(String field) {
            return schema != null && schema.required().contains(field);
        }
    }

    private void compare(Place place, @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
        JsonNode one = before == null ? after : before;
        JsonNode other = after == null ? before : after;
        if (one == null || other == null) {
            return;
        }
        Shape shape = Shape.of(schema, one);
        boolean whole = shape == Shape.WHOLE
                || (one != other && shape != Shape.of(schema, other))
                || (one.isEmpty() && other.isEmpty());
        if (!whole && shape == Shape.ELEMENTS) {
            elements(place, before, after, Objects.requireNonNull(schema).items(), schema);
        } else if (!whole) {
            fields(place, before, after, schema);
        }
        if (before == null) {
            place.changed().include();
        } else if (after == null) {
            place.removed().include();
        } else if (whole && !TypedMerge.same(before, after)) {
            place.changed().include();
        }
    }

    private void fields(Place place, @Nullable JsonNode before, @Nullable JsonNode after, @Nullable Schema schema) {
        Parent parent = new Parent(schema);
        if (after != null) {
            for (Map.Entry<String, JsonNode> each : after.properties()) {
                Schema field = Shape.below(schema, each.getKey());
                if (before == null) {
                    compare(place.field(each.getKey()), null, each.getValue(), field);
                } else {
                    field(place.field(each.getKey()), before.get(each.getKey()), each.getValue(), field, parent);
                }
            }
        }
        if (before != null) {
            for (Map.Entry<String, JsonNode> each : before.properties()) {
                Schema field = Shape.below(schema, each.getKey());
                if (after == null) {
                    compare(place.field(each.getKey()), each.getValue(), null, field);
                } else if (!after.has(each.getKey())) {
                    field(place.field(each.getKey()), each.getValue(), null, field, parent);
                }
            }
        }
    }

    private void elements(Place place, @Nullable JsonNode before, @Nullable JsonNode after, Schema items, Schema list) {
        Map<String, List<JsonNode>> left = byStep(before, list);
        Map<String, List<JsonNode>> right = byStep(after, list);
        right.forEach(
                (step, rights) -> element(place.element(step), left.getOrDefault(step, List.of()), rights, items));
        left.forEach((step, lefts) -> {
            if (!right.containsKey(step)) {
                element(place.element(step), lefts, List.of(), items);
            }
        });
    }

    /** Elements that cannot be told apart count as one that is looked at as a whole. */
    private void element(Place place, List<JsonNode> lefts, List<JsonNode> rights, Schema items) {
        if (lefts.size() > 1 && rights.size() > 1) {
            if (!lefts.equals(rights)) {
                place.changed().include();
            }
        } else if (lefts.size() > 1) {
            rights.forEach(value -> compare(place, null, value, items));
            place.removed().include();
        } else if (rights.size() > 1) {
            lefts.forEach(value -> compare(place, value, null, items));
            place.changed().include();
        } else {
            compare(
                    place,
                    lefts.isEmpty() ? null : lefts.getFirst(),
                    rights.isEmpty() ? null : rights.getFirst(),
                    items);
        }
    }

    /** The elements of a list by their steps; what has no step is left out. */
    static Map<String, List<JsonNode>> byStep(@Nullable JsonNode list, Schema schema) {
        if (list == null || list.isEmpty()) {
            return Map.of();
        }
        Map<String, List<JsonNode>> byStep = LinkedHashMap.newLinkedHashMap(list.size());
        for (JsonNode value : list) {
            String step = Steps.element(value, schema);
            if (step != null) {
                List<JsonNode> earlier = byStep.put(step, List.of(value));
                if (earlier != null) {
                    List<JsonNode> all = new ArrayList<>(earlier);
                    all.add(value);
                    byStep.put(step, all);
                }
            }
        }
        return byStep;
    }

    /** Where the walk is. The nodes of the sets that lead there are made when something is found to be put there. */
    private static final class Place {

        private final @Nullable Place above;
        private final String name;
        private final boolean isField;
        private @Nullable FieldSet changed;
        private @Nullable FieldSet removed;

        Place(FieldSet changed, FieldSet removed) {
            this(null, "", false);
            this.changed = changed;
            this.removed = removed;
        }

        private Place(@Nullable Place above, String name, boolean isField) {
            this.above = above;
            this.name = name;
            this.isField = isField;
        }

        Place field(String field) {
            return new Place(this, field, true);
        }

        Place element(String step) {
            return new Place(this, step, false);
        }

        FieldSet changed() {
            FieldSet known = changed;
            if (known == null) {
                known = Objects.requireNonNull(above).changed().child(step());
                changed = known;
            }
            return known;
        }

        FieldSet removed() {
            FieldSet known = removed;
            if (known == null) {
                known = Objects.requireNonNull(above).removed().child(step());
                removed = known;
            }
            return known;
        }

        private String step() {
            return isField ? Steps.field(name) : name;
        }
    }
}
