package io.kybern.schema;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON patch as the Kubernetes API server applies it. It departs from the standard in what it allows: {@code replace} sets an
 * absent key, a missing key tests equal to null and is copied as null, and a negative index counts from the end.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6902">RFC 6902</a>
 */
public final class JsonPatch {

    /** The most operations that one patch may have; callers answer 413 for more. */
    public static final int MAX_OPERATIONS = 10_000;

    /** What all copies of one patch may add together, so that no short patch makes an endless document: as much as a body. */
    private static final long MAX_COPIED_BYTES = 3 * 1024 * 1024;

    private static final String MISSING = "missing value";
    private static final String INVALID_INDEX = "invalid index referenced";
    private static final Comparator<JsonNode> SAME_NUMBERS = (left, right) -> left.isNumber() && right.isNumber()
            ? left.asString().compareTo(right.asString())
            : left.equals(right) ? 0 : 1;

    /** Where a path's last key is looked up: the container, and the key in it. */
    private record Place(JsonNode container, String key) {}

    private JsonNode document;
    private long copiedBytes;

    private JsonPatch(JsonNode document) {
        this.document = document;
    }

    /**
     * Answers the patched document.
     *
     * @param target left as it is
     * @param operations the patch; left as it is
     * @throws PatchException if the patch is malformed or does not fit the document
     */
    public static JsonNode apply(JsonNode target, JsonNode operations) throws PatchException {
        check(operations);
        JsonPatch patch = new JsonPatch(target.deepCopy());
        for (JsonNode operation : operations) {
            patch.apply(operation);
        }
        return patch.document;
    }

    private static void check(JsonNode operations) throws PatchException {
        if (!operations.isArray()) {
            throw undecodable(operations, "value", "[]handlers.jsonPatchOp");
        }
        for (JsonNode operation : operations) {
            if (!operation.isObject()) {
                throw undecodable(operation, "value", "handlers.jsonPatchOp");
            }
            for (String field : List.of("op", "path", "from")) {
                JsonNode value = operation.path(field);
                if (!value.isMissingNode() && !value.isString() && !value.isNull()) {
                    throw undecodable(value, "struct field jsonPatchOp." + field, "string");
                }
            }
        }
    }

    private static PatchException undecodable(JsonNode value, String where, String type) {
        return PatchException.malformed("error decoding patch: json: cannot unmarshal %s into Go %s of type %s"
                .formatted(GoText.kind(value), where, type));
    }

    private void apply(JsonNode operation) throws PatchException {
        String kind = operation.path("op").asString("unknown");
        switch (kind) {
            case "add" -> add(operation);
            case "remove" -> remove(operation);
            case "replace" -> replace(operation);
            case "move" -> move(operation);
            case "test" -> test(operation);
            case "copy" -> copy(operation);
            default -> throw PatchException.notApplicable("Unexpected kind: " + kind);
        }
    }

    private void add(JsonNode operation) throws PatchException {
        String path = path(operation, "path", "add operation failed to decode path");
        Place place = find(path, "add operation does not apply: doc is missing path: \"" + path + "\"");
        insert(place, value(operation), "error in add for path: '" + path + "'");
    }

    private void remove(JsonNode operation) throws PatchException {
        String path = path(operation, "path", "remove operation failed to decode path");
        Place place = find(path, "remove operation does not apply: doc is missing path: \"" + path + "\"");
        delete(place, "error in remove for path: '" + path + "'");
    }

    private void replace(JsonNode operation) throws PatchException {
        String path = path(operation, "path", "replace operation failed to decode path");
        JsonNode value = value(operation);
        if (path.isEmpty()) {
            if (!value.isContainer()) {
                throw PatchException.notApplicable("replace operation value must be object or array");
            }
            document = value;
            return;
        }
        Place place = find(path, "replace operation does not apply: doc is missing path: " + path);
        switch (place.container()) {
            case ObjectNode object -> object.set(place.key(), value);
            case ArrayNode array -> {
                int index =
                        existing(array, place.key(), "replace operation does not apply: doc is missing key: " + path);
                array.set(index, value);
            }
            default -> throw missing("replace operation does not apply: doc is missing path: " + path);
        }
    }

    private void move(JsonNode operation) throws PatchException {
        String from = path(operation, "from", "move operation failed to decode from");
        Place source = find(from, "move operation does not apply: doc is missing from path: " + from);
        String context = "error in move for path: '" + source.key() + "'";
        JsonNode value = get(source, context);
        delete(source, context);
        String path = path(operation, "path", "move operation failed to decode path");
        Place target = find(path, "move operation does not apply: doc is missing destination path: " + path);
        insert(
                target,
                value == null ? JsonNodeFactory.instance.nullNode() : value,
                "error in move for path: '" + path + "'");
    }

    private void copy(JsonNode operation) throws PatchException {
        String from = path(operation, "from", "copy operation failed to decode from");
        Place source = find(from, "copy operation does not apply: doc is missing from path: " + from);
        JsonNode value = get(source, "error in copy for from: '" + from + "'");
        String path = path(operation, "path", "copy operation failed to decode path");
        Place target = find(path, "copy operation does not apply: doc is missing destination path: " + path);
        JsonNode copied = JsonNodeFactory.instance.nullNode();
        if (value != null) {
            copiedBytes += CopySize.of(value);
            if (copiedBytes > MAX_COPIED_BYTES) {
                throw PatchException.notApplicable(
                        "unable to complete the copy, the accumulated size increase of copy is %d, exceeding the limit %d"
                                .formatted(copiedBytes, MAX_COPIED_BYTES));
            }
            copied = value.deepCopy();
        }
        insert(target, copied, "error while adding value during copy");
    }

    private void test(JsonNode operation) throws PatchException {
        String path = path(operation, "path", "test operation failed to decode path");
        JsonNode found = document;
        if (!path.isEmpty()) {
            Place place = find(path, "test operation does not apply: is missing path: " + path);
            found = get(place, "error in test for path: '" + path + "'");
        }
        JsonNode wanted = value(operation);
        boolean same = found == null || found.isNull() ? wanted.isNull() : found.equals(SAME_NUMBERS, wanted);
        if (!same) {
            throw PatchException.notApplicable("testing value " + path + " failed: test failed");
        }
    }

    private static String path(JsonNode operation, String field, String context) throws PatchException {
        JsonNode path = operation.path(field);
        if (!path.isString()) {
            throw missing(context);
        }
        return path.asString();
    }

    private static JsonNode value(JsonNode operation) {
        JsonNode value = operation.get("value");
        return value == null ? JsonNodeFactory.instance.nullNode() : value.deepCopy();
    }

    private Place find(String path, String absent) throws PatchException {
        String[] parts = path.split("/", -1);
        if (parts.length < 2) {
            throw missing(absent);
        }
        JsonNode container = document;
        for (int i = 1; i < parts.length - 1; i++) {
            JsonNode next = container instanceof ArrayNode array
                    ? array.get(index(array, unescape(parts[i]), absent))
                    : container.get(unescape(parts[i]));
            if (next == null || !next.isContainer()) {
                throw missing(absent);
            }
            container = next;
        }
        return new Place(container, unescape(parts[parts.length - 1]));
    }

    private static String unescape(String part) {
        return part.indexOf('~') < 0 ? part : part.replace("~1", "/").replace("~0", "~");
    }

    private static @Nullable JsonNode get(Place place, String context) throws PatchException {
        return place.container() instanceof ArrayNode array
                ? array.get(existing(array, place.key(), context))
                : place.container().get(place.key());
    }

    private static void insert(Place place, JsonNode value, String context) throws PatchException {
        switch (place.container()) {
            case ObjectNode object -> object.set(place.key(), value);
            case ArrayNode array -> {
                int index = place.key().equals("-") ? array.size() : index(array, place.key(), context);
                int counted = index < 0 ? index + array.size() + 1 : index;
                if (counted < 0 || counted > array.size()) {
                    throw invalidIndex(index, context);
                }
                array.insert(counted, value);
            }
            default -> throw missing(context);
        }
    }

    private static void delete(Place place, String context) throws PatchException {
        switch (place.container()) {
            case ObjectNode object -> {
                if (object.remove(place.key()) == null) {
                    throw missing(context + ": Unable to remove nonexistent key: " + place.key());
                }
            }
            case ArrayNode array -> array.remove(existing(array, place.key(), context));
            default -> throw missing(context);
        }
    }

    private static int existing(ArrayNode array, String key, String context) throws PatchException {
        int index = index(array, key, context);
        int counted = index < 0 ? index + array.size() : index;
        if (counted < 0 || counted >= array.size()) {
            throw invalidIndex(index, context);
        }
        return counted;
    }

    private static int index(ArrayNode array, String key, String context) throws PatchException {
        try {
            return Integer.parseInt(key);
        } catch (NumberFormatException e) {
            throw PatchException.notApplicable("%s: value was not a proper array index: '%s' among %d elements"
                    .formatted(context, key, array.size()));
        }
    }

    private static PatchException missing(String context) {
        return PatchException.notApplicable(context + ": " + MISSING);
    }

    private static PatchException invalidIndex(int index, String context) {
        return PatchException.notApplicable(
                context + ": Unable to access invalid index: " + index + ": " + INVALID_INDEX);
    }
}
