package io.kybern.schema;

import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Computes the patch that leads from one object to another, in each of the three forms. */
final class Differ {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Differ() {}

    static ObjectNode mergePatch(ObjectNode from, ObjectNode to) {
        ObjectNode patch = NODES.objectNode();
        from.propertyNames().stream().filter(name -> !to.has(name)).forEach(patch::putNull);
        for (Map.Entry<String, JsonNode> each : to.properties()) {
            JsonNode before = from.get(each.getKey());
            if (before instanceof ObjectNode left && each.getValue() instanceof ObjectNode right) {
                if (!left.equals(right)) {
                    patch.set(each.getKey(), mergePatch(left, right));
                }
            } else if (!each.getValue().equals(before)) {
                patch.set(each.getKey(), each.getValue());
            }
        }
        return patch;
    }

    static ArrayNode jsonPatch(JsonNode from, JsonNode to) {
        ArrayNode operations = NODES.arrayNode();
        jsonPatch(from, to, "", operations);
        return operations;
    }

    private static void jsonPatch(JsonNode from, JsonNode to, String path, ArrayNode operations) {
        if (from.equals(to)) {
            return;
        }
        if (!(from.isObject() && to.isObject())) {
            operations.addObject().put("op", "replace").put("path", path).set("value", to);
            return;
        }
        from.propertyNames().stream()
                .filter(name -> !to.has(name))
                .forEach(name -> operations.addObject().put("op", "remove").put("path", path + "/" + escape(name)));
        to.properties().forEach(each -> {
            String child = path + "/" + escape(each.getKey());
            if (from.has(each.getKey())) {
                jsonPatch(from.get(each.getKey()), each.getValue(), child, operations);
            } else {
                operations.addObject().put("op", "add").put("path", child).set("value", each.getValue());
            }
        });
    }

    private static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    static ObjectNode strategicPatch(ObjectNode from, ObjectNode to, Schema schema) {
        ObjectNode patch = NODES.objectNode();
        from.propertyNames().stream().filter(name -> !to.has(name)).forEach(patch::putNull);
        for (Map.Entry<String, JsonNode> each : to.properties()) {
            String name = each.getKey();
            JsonNode before = from.get(name);
            if (each.getValue().equals(before)) {
                continue;
            }
            Schema field = Objects.requireNonNull(
                    schema.type() == Schema.Type.MAP ? schema.items() : schema.property(name), name);
            if (before instanceof ObjectNode left
                    && each.getValue() instanceof ObjectNode right
                    && !StrategicMerge.strategy(field).equals("replace")) {
                patch.set(
                        name,
                        field.type() == Schema.Type.ANY
                                ? right.deepCopy().put("$patch", "replace")
                                : strategicPatch(left, right, field));
            } else if (before instanceof ArrayNode left
                    && each.getValue() instanceof ArrayNode right
                    && StrategicMerge.strategy(field).equals("merge")) {
                list(name, left, right, field, patch);
            } else {
                patch.set(name, each.getValue());
            }
        }
        return patch;
    }

    private static void list(String name, ArrayNode from, ArrayNode to, Schema field, ObjectNode patch) {
        String key = field.patchMergeKey();
        ArrayNode order = patch.putArray("$setElementOrder/" + name);
        ArrayNode changes = NODES.arrayNode();
        ArrayNode deleted = NODES.arrayNode();
        for (JsonNode element : to) {
            JsonNode before = find(from, element, key);
            if (key.isEmpty()) {
                order.add(element);
                if (before == null) {
                    changes.add(element);
                }
            } else {
                order.addObject().set(key, element.get(key));
                ObjectNode change = before == null
                        ? ((ObjectNode) element).deepCopy()
                        : strategicPatch((ObjectNode) before, (ObjectNode) element, field.items());
                change.set(key, element.get(key));
                changes.add(change);
            }
        }
        for (JsonNode element : from) {
            if (find(to, element, key) == null) {
                if (key.isEmpty()) {
                    deleted.add(element);
                } else {
                    changes.addObject().put("$patch", "delete").set(key, element.get(key));
                }
            }
        }
        if (!changes.isEmpty()) {
            patch.set(name, changes);
        }
        if (!deleted.isEmpty()) {
            patch.set("$deleteFromPrimitiveList/" + name, deleted);
        }
    }

    private static JsonNode find(ArrayNode list, JsonNode wanted, String key) {
        for (JsonNode element : list) {
            if (key.isEmpty() ? element.equals(wanted) : element.get(key).equals(wanted.get(key))) {
                return element;
            }
        }
        return null;
    }
}
