package io.kybern.schema;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Strategic merge patch: a merge patch that knows from the schema which lists are merged, and by which key their elements are
 * told apart. Directives: {@code $patch} (replace, delete), {@code $retainKeys}, {@code $deleteFromPrimitiveList/<field>} and
 * {@code $setElementOrder/<field>}.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/">patching objects</a>
 */
public final class StrategicMerge {

    static final String DIRECTIVE = "$patch";
    private static final String RETAIN_KEYS = "$retainKeys";
    private static final String DELETE_LIST = "$deleteFromPrimitiveList";
    private static final String ELEMENT_ORDER = "$setElementOrder";
    private static final String BAD_RETAIN_KEYS = "invalid patch format of retainKeys";
    static final String BAD_ELEMENT_ORDER = "invalid patch format of setElementOrder list";

    private StrategicMerge() {}

    /**
     * Answers the patched object. Fields that the schema does not have are taken over like any other; decoding drops them.
     *
     * @param target left as it is
     * @param patch left as it is
     * @throws PatchException if the patch cannot be applied
     */
    public static ObjectNode apply(ObjectNode target, ObjectNode patch, Schema schema) throws PatchException {
        return mergeObject(target.deepCopy(), patch.deepCopy(), schema);
    }

    /** Merges into the original; both arguments are used up. */
    static ObjectNode mergeObject(ObjectNode original, ObjectNode patch, Schema schema) throws PatchException {
        JsonNode directive = patch.get(DIRECTIVE);
        if (directive != null) {
            return switch (directive.asString("")) {
                case "replace" -> {
                    patch.remove(DIRECTIVE);
                    yield patch;
                }
                case "delete" -> patch.removeAll();
                default -> throw unknownDirective(directive, patch);
            };
        }
        retainKeys(original, patch);
        mergeOrdered(original, patch, schema);
        for (Map.Entry<String, JsonNode> change : patch.properties()) {
            mergeField(original, change.getKey(), change.getValue(), schema);
        }
        return original;
    }

    static PatchException unknownDirective(JsonNode directive, ObjectNode patch) {
        return PatchException.unclassified(
                "unknown patch type: " + GoText.plain(directive) + " in map: " + GoText.plain(patch));
    }

    private static void mergeField(ObjectNode original, String name, JsonNode value, Schema schema)
            throws PatchException {
        boolean deletion = name.startsWith(DELETE_LIST);
        String key = deletion ? listName(name, "invalid patch format of primitive list") : name;
        if (value.isNull()) {
            original.remove(key);
            return;
        }
        JsonNode existing = original.get(key);
        if (existing instanceof ObjectNode object && value instanceof ObjectNode changes) {
            Schema field = field(schema, key);
            original.set(key, strategy(field).equals("replace") ? changes : mergeObject(object, changes, field));
        } else if (existing instanceof ArrayNode list && value instanceof ArrayNode changes) {
            Schema field = field(schema, key);
            original.set(key, ListMerge.of(field).merge(list, changes, deletion));
        } else if (!deletion) {
            discardNulls(value);
            take(original, key, value);
        }
    }

    /** Sets a value without the directives in it; a value that is itself one is not set. */
    private static void take(ObjectNode original, String key, JsonNode value) {
        if (withoutDirectives(value)) {
            original.set(key, value);
        } else {
            original.remove(key);
        }
    }

    /** Removes everything that carries a directive; false if the value itself does. */
    static boolean withoutDirectives(JsonNode value) {
        if (value instanceof ObjectNode object) {
            if (object.has(DIRECTIVE)) {
                return false;
            }
            object.properties().removeIf(each -> !withoutDirectives(each.getValue()));
        } else if (value instanceof ArrayNode array) {
            removeFrom(array, element -> !withoutDirectives(element));
        }
        return true;
    }

    static void removeFrom(ArrayNode array, Predicate<JsonNode> unwanted) {
        for (Iterator<JsonNode> elements = array.iterator(); elements.hasNext(); ) {
            if (unwanted.test(elements.next())) {
                elements.remove();
            }
        }
    }

    private static void discardNulls(JsonNode value) {
        if (value instanceof ObjectNode object) {
            object.properties().removeIf(each -> each.getValue().isNull());
        }
        value.forEach(StrategicMerge::discardNulls);
    }

    /** Drops from the original what the directive does not list. */
    private static void retainKeys(ObjectNode original, ObjectNode patch) throws PatchException {
        JsonNode directive = patch.remove(RETAIN_KEYS);
        if (directive == null) {
            return;
        }
        if (!directive.isArray()) {
            throw PatchException.malformed(BAD_RETAIN_KEYS);
        }
        List<String> retained = new ArrayList<>();
        directive.forEach(key -> retained.add(key.asString("")));
        for (Map.Entry<String, JsonNode> each : patch.properties()) {
            String name = each.getKey();
            boolean parallel = name.startsWith(DELETE_LIST) || name.startsWith(ELEMENT_ORDER);
            if (!each.getValue().isNull() && !parallel && !retained.contains(name)) {
                throw PatchException.malformed(BAD_RETAIN_KEYS);
            }
        }
        original.retain(retained);
    }

    /** Merges each list whose order the patch states, and takes it out of the patch. */
    private static void mergeOrdered(ObjectNode original, ObjectNode patch, Schema schema) throws PatchException {
        List<String> directives = patch.propertyNames().stream()
                .filter(name -> name.startsWith(ELEMENT_ORDER))
                .toList();
        for (String directive : directives) {
            if (!(patch.remove(directive) instanceof ArrayNode order)) {
                throw PatchException.unclassified("expected a []interface {}, but received something else");
            }
            String name = listName(directive, BAD_ELEMENT_ORDER);
            ArrayNode existing = list(original.get(name));
            ArrayNode changes = list(patch.get(name));
            Schema field = field(schema, name);
            ListMerge merge = ListMerge.of(field);
            merge.checkOrder(changes, order);
            if (existing != null || changes != null) {
                original.set(name, merge.mergeOrdered(existing, changes, order));
                patch.remove(name);
            }
        }
    }

    private static @Nullable ArrayNode list(@Nullable JsonNode value) throws PatchException {
        if (value == null || value instanceof ArrayNode) {
            return (ArrayNode) value;
        }
        throw PatchException.unclassified("expected a []interface {}, but received a " + GoText.kind(value));
    }

    private static String listName(String directive, String malformed) throws PatchException {
        int slash = directive.indexOf('/');
        if (slash < 0 || !(directive.startsWith(DELETE_LIST + "/") || directive.startsWith(ELEMENT_ORDER + "/"))) {
            throw PatchException.malformed(malformed);
        }
        return directive.substring(slash + 1);
    }

    private static Schema field(Schema schema, String name) throws PatchException {
        Schema field = schema.type() == Schema.Type.MAP ? schema.items() : schema.property(name);
        if (field == null) {
            throw PatchException.unclassified("unable to find api field in struct %s for the json field %s"
                    .formatted(schema.structName(), GoText.quoted(name)));
        }
        return field;
    }

    /** How the field merges, leaving aside whether its keys are retained. */
    static String strategy(Schema field) {
        return field.patchStrategies().stream()
                .filter(each -> !each.equals("retainKeys"))
                .findFirst()
                .orElse("");
    }
}
