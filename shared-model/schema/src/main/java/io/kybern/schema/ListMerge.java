package io.kybern.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Merges the lists of a strategic merge patch. Goals: elements keep their identity, the patch decides the order of what it
 * names, and what it does not name keeps its order. Algorithm: merge by key; split into what the patch names and the rest;
 * sort the former by the patch's order and the latter by the original's; interleave, taking the named ones first unless the
 * original has the other before it. Example: {@code [a b c]} patched with {@code [c x]} is {@code [a b c x]}, and with
 * {@code [x]} it is {@code [x a b c]}.
 */
final class ListMerge {

    private final String mergeKey;
    private final boolean merging;
    private final Schema elements;

    private ListMerge(String mergeKey, boolean merging, Schema elements) {
        this.mergeKey = mergeKey;
        this.merging = merging;
        this.elements = elements;
    }

    static ListMerge of(Schema field) throws PatchException {
        if (field.type() != Schema.Type.ARRAY) {
            throw PatchException.unclassified("expected slice or array type, but got: " + field.goType());
        }
        return new ListMerge(
                field.patchMergeKey(), StrategicMerge.strategy(field).equals("merge"), field.items());
    }

    /**
     * Answers the merged list.
     *
     * @param deletion whether the patch lists what is to go
     */
    ArrayNode merge(ArrayNode original, ArrayNode patch, boolean deletion) throws PatchException {
        if (!merging && !deletion) {
            return patch;
        }
        if (original.isEmpty() && patch.isEmpty()) {
            return original;
        }
        if (!ofObjects(original, patch)) {
            if (deletion) {
                StrategicMerge.removeFrom(original, element -> indexOf(patch, element) >= 0);
                return original;
            }
            return ordered(union(original, patch), patch, original);
        }
        if (mergeKey.isEmpty()) {
            throw PatchException.unclassified("cannot merge lists without merge key for " + elements.structName());
        }
        ArrayNode plain = array();
        ArrayNode base = withDirectivesDone(original, patch, plain);
        ArrayNode merged = mergeElements(base.deepCopy(), plain);
        return ordered(merged, plain, base);
    }

    /** The same where the patch states the order of the result; either list may be absent. */
    ArrayNode mergeOrdered(@Nullable ArrayNode original, @Nullable ArrayNode patch, ArrayNode order)
            throws PatchException {
        ArrayNode before = original == null ? array() : original.deepCopy();
        ArrayNode merged;
        if (original == null) {
            merged = patch == null ? array() : patch;
            StrategicMerge.withoutDirectives(merged);
        } else {
            merged = patch == null ? original : merge(original, patch, false);
        }
        if (before.isEmpty() && (patch == null || patch.isEmpty())) {
            throw PatchException.unclassified("no elements in any of the given slices");
        }
        ofObjects(before, merged);
        return ordered(merged, order, before);
    }

    /** Checks that the patch lists its elements in the stated order and none besides. */
    void checkOrder(@Nullable ArrayNode patch, ArrayNode order) throws PatchException {
        if (patch == null || patch.isEmpty() || order.isEmpty()) {
            return;
        }
        int next = 0;
        int listed = 0;
        List<JsonNode> changes = new ArrayList<>();
        patch.forEach(element -> {
            if (!element.has(StrategicMerge.DIRECTIVE)) {
                changes.add(element);
            }
        });
        while (next < changes.size() && listed < order.size()) {
            if (same(key(changes.get(next)), key(order.get(listed)))) {
                next++;
            }
            listed++;
        }
        if (next < changes.size()) {
            throw PatchException.unclassified(
                    "The order in patch list:\n%s\n doesn't match $setElementOrder list:\n%s\n"
                            .formatted(GoText.plain(patch), GoText.plain(order)));
        }
    }

    /** Does what elements with a directive say; the others are added to {@code plain}. */
    private ArrayNode withDirectivesDone(ArrayNode original, ArrayNode patch, ArrayNode plain) throws PatchException {
        boolean replace = false;
        for (JsonNode element : patch) {
            ObjectNode change = (ObjectNode) element;
            JsonNode directive = change.get(StrategicMerge.DIRECTIVE);
            if (directive == null) {
                plain.add(change);
                continue;
            }
            switch (directive.asString("")) {
                case "delete" -> {
                    JsonNode wanted = key(change);
                    StrategicMerge.removeFrom(original, each -> same(each.path(mergeKey), wanted));
                }
                case "replace" -> replace = true;
                case "merge" -> throw PatchException.unclassified("merging lists cannot yet be specified in the patch");
                default -> throw StrategicMerge.unknownDirective(directive, change);
            }
        }
        if (!replace) {
            return original;
        }
        ArrayNode replacement = plain.deepCopy();
        plain.removeAll();
        return replacement;
    }

    private ArrayNode mergeElements(ArrayNode merged, ArrayNode patch) throws PatchException {
        for (JsonNode element : patch) {
            ObjectNode change = ((ObjectNode) element).deepCopy();
            JsonNode wanted = key(change);
            int at = -1;
            for (int i = 0; i < merged.size() && at < 0; i++) {
                at = same(merged.get(i).path(mergeKey), wanted) ? i : -1;
            }
            if (at < 0) {
                merged.add(change);
            } else {
                merged.set(at, StrategicMerge.mergeObject((ObjectNode) merged.get(at), change, elements));
            }
        }
        return merged;
    }

    private static ArrayNode union(ArrayNode original, ArrayNode patch) {
        ArrayNode union = array();
        for (ArrayNode list : List.of(original, patch)) {
            list.forEach(element -> {
                if (indexOf(union, element) < 0) {
                    union.add(element);
                }
            });
        }
        return union;
    }

    /** Orders by the stated order, then by the original's. */
    private ArrayNode ordered(ArrayNode merged, ArrayNode order, ArrayNode original) throws PatchException {
        List<JsonNode> named = new ArrayList<>();
        List<JsonNode> others = new ArrayList<>();
        List<JsonNode> statedKeys = keys(order);
        List<JsonNode> originalKeys = keys(original);
        for (JsonNode element : merged) {
            (indexOf(statedKeys, key(element)) >= 0 ? named : others).add(element);
        }
        sort(named, statedKeys);
        sort(others, originalKeys);
        ArrayNode result = array();
        int nextNamed = 0;
        int nextOther = 0;
        while (nextNamed < named.size() || nextOther < others.size()) {
            boolean takeOther = nextNamed == named.size();
            if (!takeOther && nextOther < others.size()) {
                int other = indexOf(originalKeys, key(others.get(nextOther)));
                int name = indexOf(originalKeys, key(named.get(nextNamed)));
                takeOther = other >= 0 && name >= 0 && other < name;
            }
            result.add(takeOther ? others.get(nextOther++) : named.get(nextNamed++));
        }
        return result;
    }

    private void sort(List<JsonNode> elements, List<JsonNode> order) throws PatchException {
        Integer[] places = new Integer[elements.size()];
        int[] ranks = new int[elements.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = i;
            int rank = indexOf(order, key(elements.get(i)));
            ranks[i] = rank < 0 ? Integer.MAX_VALUE : rank;
        }
        Arrays.sort(places, Comparator.comparingInt(place -> ranks[place]));
        List<JsonNode> unsorted = List.copyOf(elements);
        elements.clear();
        for (int place : places) {
            elements.add(unsorted.get(place));
        }
    }

    private List<JsonNode> keys(ArrayNode list) throws PatchException {
        List<JsonNode> keys = new ArrayList<>(list.size());
        for (JsonNode element : list) {
            keys.add(key(element));
        }
        return keys;
    }

    /** What identifies an element: the value of the merge key, or a scalar itself. */
    private JsonNode key(JsonNode element) throws PatchException {
        if (mergeKey.isEmpty()) {
            return element;
        }
        JsonNode key = element.get(mergeKey);
        if (key == null) {
            throw PatchException.unclassified(
                    "map: " + GoText.plain(element) + " does not contain declared merge key: " + mergeKey);
        }
        return key;
    }

    /** Whether the lists are of objects; they must be of one kind, and not of lists. */
    private static boolean ofObjects(ArrayNode left, ArrayNode right) throws PatchException {
        JsonNode first = null;
        for (ArrayNode list : List.of(left, right)) {
            for (JsonNode element : list) {
                if (element.isArray()) {
                    throw PatchException.notApplicable("lists of lists are not supported");
                }
                if (first != null && first.getNodeType() != element.getNodeType()) {
                    throw PatchException.unclassified("list element types are not identical: [" + GoText.plain(left)
                            + " " + GoText.plain(right) + "]");
                }
                first = element;
            }
        }
        return first != null && first.isObject();
    }

    private static int indexOf(Iterable<JsonNode> list, JsonNode wanted) {
        int at = 0;
        for (JsonNode each : list) {
            if (same(each, wanted)) {
                return at;
            }
            at++;
        }
        return -1;
    }

    private static boolean same(JsonNode left, JsonNode right) {
        if (left.isNumber() && right.isNumber()) {
            return left.decimalValue().compareTo(right.decimalValue()) == 0;
        }
        return !left.isMissingNode() && left.equals(right);
    }

    private static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }
}
