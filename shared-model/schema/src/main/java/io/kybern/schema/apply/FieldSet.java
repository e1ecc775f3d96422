package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of paths in an object, as a tree. A path that is in the set says nothing of the paths below it. The set operations
 * make new sets; only the package builds sets step by step.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management">field management</a>
 */
public final class FieldSet {

    private static final String SELF = ".";

    private final TreeSet<PathElement> members = new TreeSet<>();
    private final TreeMap<PathElement, FieldSet> children = new TreeMap<>();

    FieldSet() {}

    /**
     * Reads the form that {@code managedFields[].fieldsV1} has.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static FieldSet of(JsonNode fieldsV1) {
        FieldSet set = new FieldSet();
        for (Map.Entry<String, JsonNode> each : fieldsV1.properties()) {
            if (!each.getKey().equals(SELF)) {
                PathElement element = PathElement.parse(each.getKey());
                JsonNode below = each.getValue();
                if (below.isEmpty() || below.has(SELF)) {
                    set.members.add(element);
                }
                set.putChild(element, of(below));
            }
        }
        return set;
    }

    /** The form that {@code managedFields[].fieldsV1} has. */
    public ObjectNode toJson() {
        ObjectNode json = Json.object();
        TreeSet<PathElement> all = new TreeSet<>(members);
        all.addAll(children.keySet());
        for (PathElement element : all) {
            FieldSet below = children.get(element);
            ObjectNode node = Json.object();
            if (below != null) {
                if (members.contains(element)) {
                    node.putObject(SELF);
                }
                node.setAll(below.toJson());
            }
            json.set(element.text(), node);
        }
        return json;
    }

    /** Whether no path is in it. */
    public boolean isEmpty() {
        return members.isEmpty() && children.isEmpty();
    }

    /** What is in either. */
    public FieldSet union(FieldSet other) {
        FieldSet result = new FieldSet();
        result.members.addAll(members);
        result.members.addAll(other.members);
        result.children.putAll(children);
        other.children.forEach((element, below) -> result.children.merge(element, below, FieldSet::union));
        return result;
    }

    /** What is in both. */
    public FieldSet intersection(FieldSet other) {
        FieldSet result = new FieldSet();
        result.members.addAll(members);
        result.members.retainAll(other.members);
        children.forEach((element, below) -> {
            FieldSet theirs = other.children.get(element);
            if (theirs != null) {
                result.putChild(element, below.intersection(theirs));
            }
        });
        return result;
    }

    /** What is in this one only. */
    public FieldSet difference(FieldSet other) {
        FieldSet result = new FieldSet();
        result.members.addAll(members);
        result.members.removeAll(other.members);
        children.forEach((element, below) -> {
            FieldSet theirs = other.children.get(element);
            result.putChild(element, theirs == null ? below : below.difference(theirs));
        });
        return result;
    }

    /** All but the field of that name at the top, and what is below it. */
    FieldSet without(String field) {
        PathElement gone = PathElement.field(field);
        FieldSet result = new FieldSet();
        result.members.addAll(members);
        result.members.remove(gone);
        result.children.putAll(children);
        result.children.remove(gone);
        return result;
    }

    /** The same, and each declared field that has something below it. */
    FieldSet withNamedFields(@Nullable Schema schema) {
        FieldSet result = new FieldSet();
        result.members.addAll(members);
        children.forEach((element, below) -> {
            if (schema != null
                    && schema.type() == Schema.Type.OBJECT
                    && element.isField()
                    && schema.properties().containsKey(element.name())) {
                result.members.add(element);
            }
            result.children.put(element, below.withNamedFields(Shape.below(schema, element)));
        });
        return result;
    }

    /** The same, less each declared field of an object type that has something below it: what is below tells enough. */
    FieldSet withoutNamedFields(@Nullable Schema schema) {
        FieldSet result = new FieldSet();
        result.members.addAll(members);
        children.forEach((element, below) -> {
            Schema field = Shape.below(schema, element);
            if (field != null && element.isField() && field.type() == Schema.Type.OBJECT) {
                result.members.remove(element);
            }
            result.children.put(element, below.withoutNamedFields(field));
        });
        return result;
    }

    boolean has(PathElement element) {
        return members.contains(element);
    }

    /** What is below a step; empty if nothing is. */
    FieldSet below(PathElement element) {
        FieldSet below = children.get(element);
        return below == null ? new FieldSet() : below;
    }

    /** Adds a step at this level. */
    void add(PathElement element) {
        members.add(element);
    }

    /** Adds a set below a step; an empty one leaves no trace. */
    void putChild(PathElement element, FieldSet below) {
        if (!below.isEmpty()) {
            children.put(element, below);
        }
    }

    /** The paths as messages show them, in order. */
    public List<String> paths() {
        List<String> paths = new ArrayList<>();
        collect("", paths::add);
        return paths;
    }

    private void collect(String prefix, Consumer<String> paths) {
        members.forEach(element -> paths.accept(prefix + element.shown()));
        children.forEach((element, below) -> below.collect(prefix + element.shown(), paths));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FieldSet set && members.equals(set.members) && children.equals(set.children);
    }

    @Override
    public int hashCode() {
        return Objects.hash(members, children);
    }

    @Override
    public String toString() {
        return Json.string(toJson());
    }
}
