package io.kybern.schema.apply;

import io.kybern.api.Json;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of paths in an object, as a tree: a node says whether its own path is in the set and what is below it. A path that
 * is in the set says nothing of the paths below it. The set operations make new sets that may share parts with their
 * operands; only the package builds sets step by step.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management">field management</a>
 */
public final class FieldSet {

    private static final String SELF = ".";
    private static final FieldSet NOTHING = new FieldSet();

    private final TreeMap<String, FieldSet> below = new TreeMap<>();
    private boolean member;

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
                FieldSet child = of(each.getValue());
                child.member = isMember(each.getValue());
                set.putChild(Steps.parse(each.getKey()), child);
            }
        }
        return set;
    }

    private static boolean isMember(JsonNode node) {
        return node.isEmpty() || node.has(SELF);
    }

    /** The form that {@code managedFields[].fieldsV1} has, with sorted properties. */
    public ObjectNode toJson() {
        ObjectNode json = Json.object();
        for (Map.Entry<String, FieldSet> each : below.entrySet()) {
            FieldSet child = each.getValue();
            ObjectNode node = child.toJson();
            if (child.member && !child.below.isEmpty()) {
                // a dot sorts before all steps
                node = Json.object().set(SELF, Json.object()).setAll(node);
            }
            json.set(each.getKey(), node);
        }
        return json;
    }

    /** Whether no path is in it. */
    public boolean isEmpty() {
        return !member && below.isEmpty();
    }

    /** What is in either. */
    public FieldSet union(FieldSet other) {
        if (isEmpty() || other.isEmpty()) {
            return isEmpty() ? other : this;
        }
        FieldSet result = new FieldSet();
        result.member = member || other.member;
        result.below.putAll(below);
        other.below.forEach((step, child) -> result.below.merge(step, child, FieldSet::union));
        return result;
    }

    /** What is in both. */
    public FieldSet intersection(FieldSet other) {
        FieldSet result = new FieldSet();
        result.member = member && other.member;
        below.forEach((step, child) -> {
            FieldSet theirs = other.below.get(step);
            if (theirs != null) {
                result.putChild(step, child.intersection(theirs));
            }
        });
        return result;
    }

    /** What is in this one only. */
    public FieldSet difference(FieldSet other) {
        if (other.isEmpty()) {
            return this;
        }
        FieldSet result = new FieldSet();
        result.member = member && !other.member;
        below.forEach((step, child) -> {
            FieldSet theirs = other.below.get(step);
            result.putChild(step, theirs == null ? child : child.difference(theirs));
        });
        return result;
    }

    /** Whether a path is in this set and in the one that is written in the form of {@code fieldsV1}, in normal steps. */
    boolean meets(JsonNode fieldsV1) {
        for (Map.Entry<String, FieldSet> each : below.entrySet()) {
            JsonNode theirs = fieldsV1.get(each.getKey());
            if (theirs != null) {
                FieldSet child = each.getValue();
                if ((child.member && isMember(theirs)) || child.meets(theirs)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether all paths are in the set that is written in the form of {@code fieldsV1}, in normal steps. */
    boolean isWithin(JsonNode fieldsV1) {
        for (Map.Entry<String, FieldSet> each : below.entrySet()) {
            JsonNode theirs = fieldsV1.get(each.getKey());
            FieldSet child = each.getValue();
            if (theirs == null || (child.member && !isMember(theirs)) || !child.isWithin(theirs)) {
                return false;
            }
        }
        return true;
    }

    /** All but the field of that name at the top, and what is below it. */
    FieldSet without(String field) {
        String gone = Steps.field(field);
        if (!below.containsKey(gone)) {
            return this;
        }
        FieldSet result = new FieldSet();
        result.below.putAll(below);
        result.below.remove(gone);
        return result;
    }

    /** The same, and each declared field that has something below it. */
    FieldSet withNamedFields(@Nullable Schema schema) {
        if (below.isEmpty()) {
            return this;
        }
        FieldSet result = new FieldSet();
        result.member = member;
        boolean named = schema != null && schema.type() == Schema.Type.OBJECT;
        below.forEach((step, child) -> {
            Schema part = Shape.at(schema, step);
            FieldSet filled = child.withNamedFields(part);
            if (named && part != null && !filled.member) {
                FieldSet copy = new FieldSet();
                copy.member = true;
                copy.below.putAll(filled.below);
                filled = copy;
            }
            result.below.put(step, filled);
        });
        return result;
    }

    /** Whether the path of this node is in the set. */
    boolean isMember() {
        return member;
    }

    /** What is below a step; empty if nothing is. */
    FieldSet below(String step) {
        FieldSet child = below.get(step);
        return child == null ? NOTHING : child;
    }

    /** What is below, step by step in order. */
    void forEach(BiConsumer<String, FieldSet> action) {
        below.forEach(action);
    }

    /** Adds the path of this node. */
    void include() {
        member = true;
    }

    /** The node below a step, made if there is none. */
    FieldSet child(String step) {
        return below.computeIfAbsent(step, key -> new FieldSet());
    }

    /** Sets what is at and below a step; an empty set leaves no trace. */
    void putChild(String step, FieldSet child) {
        if (!child.isEmpty()) {
            below.put(step, child);
        }
    }

    /** The paths as messages show them, in order. */
    public List<String> paths() {
        List<String> paths = new ArrayList<>();
        collect("", paths::add);
        return paths;
    }

    private void collect(String prefix, Consumer<String> paths) {
        below.forEach((step, child) -> {
            if (child.member) {
                paths.accept(prefix + Steps.shown(step));
            }
        });
        below.forEach((step, child) -> {
            if (!child.below.isEmpty()) {
                child.collect(prefix + Steps.shown(step), paths);
            }
        });
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FieldSet set && member == set.member && below.equals(set.below);
    }

    @Override
    public int hashCode() {
        return 31 * below.hashCode() + Boolean.hashCode(member);
    }

    @Override
    public String toString() {
        return Json.string(toJson());
    }
}
