package io.kybern.schema.structural;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Checks what a custom resource's schema may say at all, apart from being structural.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation">validation</a>
 */
public final class SchemaRules {

    private static final List<String> TYPES = List.of("array", "boolean", "integer", "number", "object", "string");
    private static final List<String> REASONS =
            List.of("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired");
    private static final Set<String> META = Set.of("metadata", "kind", "apiVersion");
    private static final List<String> UNSUPPORTED =
            List.of("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref");
    private static final String LIST_TYPE = "x-kubernetes-list-type";
    private static final String MAP_KEYS = "x-kubernetes-list-map-keys";
    private static final String MAP_TYPE = "x-kubernetes-map-type";

    private final List<FieldError> errors = new ArrayList<>();

    /**
     * Where a schema stands.
     *
     * @param root whether it is that of a whole resource
     * @param inMeta whether it is that of a type or metadata field
     * @param noDefaults why it may have no defaults; empty if it may
     */
    private record Place(boolean root, boolean inMeta, String noDefaults) {

        Place below() {
            return root ? new Place(false, inMeta, noDefaults) : this;
        }
    }

    private SchemaRules() {}

    /** The faults of a resource's schema. */
    public static List<FieldError> validate(JsonNode schema, FieldPath path) {
        SchemaRules rules = new SchemaRules();
        rules.check(schema, path, new Place(true, false, ""));
        return rules.errors;
    }

    private void check(JsonNode schema, FieldPath path, Place place) {
        standard(schema, path, place);
        if (schema.path("uniqueItems").asBoolean(false)) {
            errors.add(FieldError.forbidden(
                    path.child("uniqueItems"),
                    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
        }
        additional(schema, path, place);
        properties(schema, path, place);
        if (schema.path("not").isObject()) {
            check(schema.get("not"), path.child("not"), place.below());
        }
        for (String junctor : List.of("allOf", "oneOf", "anyOf")) {
            for (int i = 0; i < schema.path(junctor).size(); i++) {
                check(schema.path(junctor).get(i), path.child(junctor).index(i), place.below());
            }
        }
        if (schema.path("items").isObject()) {
            check(schema.get("items"), path.child("items"), place.below());
        }
        JsonNode preserve = schema.path("x-kubernetes-preserve-unknown-fields");
        if (preserve.isBoolean() && !preserve.asBoolean()) {
            errors.add(FieldError.invalid(
                    path.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
        }
        mapType(schema, path);
        listType(schema, path);
        mapKeys(schema, path);
        rules(schema, path);
    }

    private void standard(JsonNode schema, FieldPath path, Place place) {
        String type = text(schema, "type");
        if (!type.isEmpty() && !TYPES.contains(type)) {
            errors.add(FieldError.notSupported(path.child("type"), type, TYPES));
        }
        if (has(schema, "default") && !place.noDefaults().isEmpty()) {
            errors.add(FieldError.forbidden(path.child("default"), "must not be set " + place.noDefaults()));
        }
        for (String field : UNSUPPORTED) {
            JsonNode value = schema.path(field);
            boolean set =
                    has(schema, field) && !(value.isString() && value.asString().isEmpty());
            if (set && !(value.isObject() && value.isEmpty())) {
                errors.add(FieldError.forbidden(path.child(field), field + " is not supported"));
            }
        }
        if (type.equals("null")) {
            errors.add(FieldError.forbidden(
                    path.child("type"), "type cannot be set to null, use nullable as an alternative"));
        }
        if (schema.path("items").isArray() && !schema.path("items").isEmpty()) {
            errors.add(FieldError.forbidden(path.child("items"), "items must be a schema object and not an array"));
        }
        if (place.inMeta() && schema.path("x-kubernetes-embedded-resource").asBoolean(false)) {
            errors.add(FieldError.forbidden(
                    path.child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta"));
        }
    }

    private void additional(JsonNode schema, FieldPath path, Place place) {
        JsonNode additional = schema.path("additionalProperties");
        if (additional.isMissingNode() || additional.isNull()) {
            return;
        }
        boolean open = additional.isBoolean() && additional.asBoolean();
        if (!schema.path("properties").isEmpty() && !open) {
            errors.add(FieldError.forbidden(
                    path.child("additionalProperties"), "additionalProperties and properties are mutual exclusive"));
        }
        if (additional.isObject()) {
            String reason =
                    place.inMeta() ? "inside additionalProperties applying to object metadata" : place.noDefaults();
            check(additional, path.child("additionalProperties"), new Place(false, place.inMeta(), reason));
        }
    }

    private void properties(JsonNode schema, FieldPath path, Place place) {
        boolean resource =
                place.root() || schema.path("x-kubernetes-embedded-resource").asBoolean(false);
        for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
            Place below = place.below();
            if (resource && META.contains(field.getKey())) {
                below = new Place(false, true, place.root() ? "in top-level " + field.getKey() : below.noDefaults());
            }
            check(field.getValue(), path.child("properties").key(field.getKey()), below);
        }
    }

    private void mapType(JsonNode schema, FieldPath path) {
        if (!has(schema, MAP_TYPE)) {
            return;
        }
        typeMustBe("object", MAP_TYPE, schema, path);
        String mapType = text(schema, MAP_TYPE);
        if (!List.of("atomic", "granular").contains(mapType)) {
            errors.add(FieldError.notSupported(path.child(MAP_TYPE), mapType, List.of("atomic", "granular")));
        }
    }

    private boolean typeMustBe(String wanted, String extension, JsonNode schema, FieldPath path) {
        String type = text(schema, "type");
        if (type.equals(wanted)) {
            return true;
        }
        String detail = "must be %s if %s is specified".formatted(wanted, extension);
        errors.add(
                type.isEmpty()
                        ? FieldError.required(path.child("type"), detail)
                        : FieldError.invalid(path.child("type"), type, detail));
        return false;
    }

    private void listType(JsonNode schema, FieldPath path) {
        if (!has(schema, LIST_TYPE)) {
            return;
        }
        String listType = text(schema, LIST_TYPE);
        JsonNode items = schema.path("items");
        if (typeMustBe("array", LIST_TYPE, schema, path) && listType.equals("set") && items.isObject()) {
            String detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
            String itemType = text(items, "type");
            String inner = text(items, LIST_TYPE);
            if (itemType.equals("array") && !inner.isEmpty() && !inner.equals("atomic")) {
                errors.add(FieldError.invalid(path.child("items").child(LIST_TYPE), inner, detail));
            }
            if (itemType.equals("object") && !text(items, MAP_TYPE).equals("atomic")) {
                errors.add(FieldError.invalid(path.child("items").child(MAP_TYPE), null, detail));
            }
        }
        if (!List.of("atomic", "set", "map").contains(listType)) {
            errors.add(FieldError.notSupported(path.child(LIST_TYPE), listType, List.of("atomic", "set", "map")));
        }
    }

    private void mapKeys(JsonNode schema, FieldPath path) {
        String listType = text(schema, LIST_TYPE);
        JsonNode keys = schema.path(MAP_KEYS);
        JsonNode items = schema.path("items");
        if (!keys.isEmpty() && !listType.equals("map")) {
            String detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            errors.add(
                    has(schema, LIST_TYPE)
                            ? FieldError.invalid(path.child(LIST_TYPE), listType, detail)
                            : FieldError.required(path.child(LIST_TYPE), detail));
        }
        if (listType.equals("map")) {
            if (keys.isEmpty()) {
                errors.add(FieldError.required(
                        path.child(MAP_KEYS), "must not be empty if x-kubernetes-list-type is map"));
            }
            if (!has(schema, "items")) {
                errors.add(FieldError.required(
                        path.child("items"), "must have a schema if x-kubernetes-list-type is map"));
            } else if (!text(items, "type").equals("object")) {
                errors.add(FieldError.invalid(
                        path.child("items").child("type"),
                        text(items, "type"),
                        "must be object if parent array's x-kubernetes-list-type is map"));
            } else {
                keyFields(keys, items, path);
            }
        }
        if ((listType.equals("map") || listType.equals("set")) && items.isObject()) {
            if (items.path("nullable").asBoolean(false)) {
                errors.add(FieldError.forbidden(
                        path.child("items").child("nullable"),
                        "cannot be nullable when x-kubernetes-list-type is " + listType));
            }
            if (listType.equals("map")) {
                requiredKeys(keys, items, path);
            }
        }
    }

    private void keyFields(JsonNode keys, JsonNode items, FieldPath path) {
        Set<String> seen = new HashSet<>();
        for (JsonNode each : keys) {
            String key = each.asString("");
            JsonNode field = items.path("properties").path(key);
            if (field.isMissingNode()) {
                errors.add(
                        FieldError.invalid(path.child(MAP_KEYS), keys, "entries must all be names of item properties"));
            } else if (List.of("array", "object").contains(text(field, "type"))) {
                errors.add(FieldError.invalid(
                        path.child("items").child("properties").key(key).child("type"),
                        text(items, "type"),
                        "must be a scalar type if parent array's x-kubernetes-list-type is map"));
            }
            if (!seen.add(key)) {
                errors.add(FieldError.invalid(path.child(MAP_KEYS), keys, "must not contain duplicate entries"));
            }
        }
    }

    private void requiredKeys(JsonNode keys, JsonNode items, FieldPath path) {
        Set<String> required = new HashSet<>();
        items.path("required").forEach(each -> required.add(each.asString("")));
        for (JsonNode each : keys) {
            String key = each.asString("");
            JsonNode field = items.path("properties").path(key);
            FieldPath at = path.child("items").child("properties").key(key);
            if (field.isObject() && !required.contains(key) && !has(field, "default")) {
                errors.add(
                        FieldError.required(
                                at.child("default"),
                                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
            }
            if (field.path("nullable").asBoolean(false)) {
                errors.add(FieldError.forbidden(
                        at.child("nullable"),
                        "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"));
            }
        }
    }

    /** The form of validation rules; what they mean is another matter. */
    private void rules(JsonNode schema, FieldPath path) {
        for (int i = 0; i < schema.path("x-kubernetes-validations").size(); i++) {
            JsonNode rule = schema.path("x-kubernetes-validations").get(i);
            FieldPath at = path.child("x-kubernetes-validations").index(i);
            String expression = text(rule, "rule").strip();
            String message = text(rule, "message");
            if (expression.isEmpty()) {
                errors.add(FieldError.required(at.child("rule"), "rule is not specified"));
            } else if (!message.isEmpty() && message.isBlank()) {
                errors.add(FieldError.invalid(at.child("message"), message, "must be non-empty if specified"));
            } else if (hasLineBreak(message.strip())) {
                errors.add(FieldError.invalid(at.child("message"), message, "must not contain line breaks"));
            } else if (hasLineBreak(expression) && message.isBlank()) {
                errors.add(FieldError.required(
                        at.child("message"), "message must be specified if rule contains line breaks"));
            }
            String expressed = text(rule, "messageExpression");
            if (!expressed.isEmpty() && expressed.isBlank()) {
                errors.add(FieldError.required(
                        at.child("messageExpression"), "messageExpression must be non-empty if specified"));
            }
            String reason = text(rule, "reason");
            if (has(rule, "reason") && !REASONS.contains(reason)) {
                errors.add(FieldError.notSupported(at.child("reason"), reason, REASONS));
            }
            fieldPath(schema, text(rule, "fieldPath"), at.child("fieldPath"));
        }
    }

    private void fieldPath(JsonNode schema, String value, FieldPath at) {
        if (value.isEmpty()) {
            return;
        }
        if (value.isBlank()) {
            errors.add(FieldError.invalid(at, value, "must be non-empty if specified"));
        }
        if (hasLineBreak(value)) {
            errors.add(FieldError.invalid(at, value, "must not contain line breaks"));
        }
        if (!SimplePath.of(value).map(path -> path.leadsSomewhere(schema)).orElse(false)) {
            errors.add(FieldError.invalid(at, value, "must be a valid path"));
        }
    }

    private static boolean hasLineBreak(String text) {
        return text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0;
    }

    private static boolean has(JsonNode node, String field) {
        return node.has(field) && !node.get(field).isNull();
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }
}
