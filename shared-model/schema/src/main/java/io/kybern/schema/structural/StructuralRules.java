package io.kybern.schema.structural;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Checks that a schema is structural: every field has a type where it is declared, and logical alternatives only restrict what is
 * declared elsewhere.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema">structural
 *     schemas</a>
 */
public final class StructuralRules {

    private enum Level {
        ROOT("must not be empty at the root"),
        ITEM("must not be empty for specified array items"),
        FIELD("must not be empty for specified object fields");

        private final String untyped;

        Level(String untyped) {
            this.untyped = untyped;
        }
    }

    private static final JsonNode INTEGER_OR_STRING = Json.read("[{\"type\":\"integer\"},{\"type\":\"string\"}]");

    /** What may not stand in an alternative, and what it must be instead. */
    private static final Map<String, String> FORBIDDEN = Map.ofEntries(
            Map.entry("type", "must be empty to be structural"),
            Map.entry("additionalProperties", "must be undefined to be structural"),
            Map.entry("default", "must be undefined to be structural"),
            Map.entry("title", "must be empty to be structural"),
            Map.entry("description", "must be empty to be structural"),
            Map.entry("nullable", "must be false to be structural"),
            Map.entry("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
            Map.entry("x-kubernetes-embedded-resource", "must be false to be structural"),
            Map.entry("x-kubernetes-int-or-string", "must be false to be structural"),
            Map.entry("x-kubernetes-list-map-keys", "must be empty to be structural"),
            Map.entry("x-kubernetes-list-type", "must be undefined to be structural"),
            Map.entry("x-kubernetes-map-type", "must be undefined to be structural"),
            Map.entry("x-kubernetes-validations", "must be empty to be structural"));

    private final List<FieldError> errors = new ArrayList<>();

    private StructuralRules() {}

    /** The faults of a resource's schema, in the order of their messages. */
    public static List<FieldError> validate(JsonNode schema, FieldPath path) {
        StructuralRules rules = new StructuralRules();
        rules.structure(schema, Level.ROOT, path);
        rules.completeness(schema, schema, path, path);
        rules.errors.sort(Comparator.comparing(FieldError::message));
        return rules.errors;
    }

    private void structure(JsonNode schema, Level level, FieldPath path) {
        String type = schema.path("type").asString("");
        JsonNode items = schema.path("items");
        if (type.equals("array") && !items.isObject()) {
            errors.add(FieldError.required(path.child("items"), "must be specified"));
        }
        if (items.isObject()) {
            structure(items, Level.ITEM, path.child("items"));
        }
        schema.path("properties")
                .properties()
                .forEach(field -> structure(
                        field.getValue(), Level.FIELD, path.child("properties").key(field.getKey())));
        JsonNode additional = schema.path("additionalProperties");
        boolean hasAdditional = !additional.isMissingNode() && !additional.isNull();
        if (hasAdditional && level == Level.ROOT) {
            errors.add(FieldError.forbidden(path.child("additionalProperties"), "must not be used at the root"));
        }
        if (additional.isObject()) {
            structure(additional, Level.FIELD, path.child("additionalProperties"));
        }
        extensions(schema, path);
        boolean anyOfIsType = schema.path("anyOf").equals(INTEGER_OR_STRING);
        boolean allOfIsType = schema.path("allOf").path(0).path("anyOf").equals(INTEGER_OR_STRING);
        restrictions(schema, anyOfIsType, allOfIsType, path);
        type(schema, type, level, hasAdditional, path);
        metadata(schema, level, path);
    }

    private void extensions(JsonNode schema, FieldPath path) {
        if (flag(schema, "x-kubernetes-int-or-string")) {
            for (String other : List.of("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")) {
                if (flag(schema, other)) {
                    errors.add(FieldError.invalid(
                            path.child(other), true, "must be false if x-kubernetes-int-or-string is true"));
                }
            }
        }
    }

    private static boolean flag(JsonNode schema, String name) {
        return schema.path(name).asBoolean(false);
    }

    private void type(JsonNode schema, String type, Level level, boolean hasAdditional, FieldPath path) {
        boolean embedded = flag(schema, "x-kubernetes-embedded-resource");
        if (embedded && !type.equals("object")) {
            String detail = "must be object if x-kubernetes-embedded-resource is true";
            errors.add(
                    type.isEmpty()
                            ? FieldError.required(path.child("type"), detail)
                            : FieldError.invalid(path.child("type"), type, detail));
        } else if (type.isEmpty()
                && !flag(schema, "x-kubernetes-int-or-string")
                && !flag(schema, "x-kubernetes-preserve-unknown-fields")) {
            errors.add(FieldError.required(path.child("type"), level.untyped));
        }
        if (embedded && hasAdditional) {
            errors.add(FieldError.forbidden(
                    path.child("additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set"));
        }
        if (level == Level.ROOT && !type.isEmpty() && !type.equals("object")) {
            errors.add(FieldError.invalid(path.child("type"), type, "must be object at the root"));
        }
        if (embedded
                && !flag(schema, "x-kubernetes-preserve-unknown-fields")
                && schema.path("properties").isEmpty()) {
            errors.add(
                    FieldError.required(
                            path.child("properties"),
                            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"));
        }
    }

    private void metadata(JsonNode schema, Level level, FieldPath path) {
        boolean resource = level == Level.ROOT || flag(schema, "x-kubernetes-embedded-resource");
        if (!resource) {
            return;
        }
        JsonNode properties = schema.path("properties");
        for (String field : List.of("kind", "apiVersion")) {
            String type = properties.path(field).path("type").asString("");
            if (properties.has(field) && !type.equals("string")) {
                errors.add(
                        FieldError.invalid(path.child("properties").key(field).child("type"), type, "must be string"));
            }
        }
        if (!properties.has("metadata")) {
            return;
        }
        JsonNode metadata = properties.get("metadata");
        FieldPath at = path.child("properties").key("metadata");
        String type = metadata.path("type").asString("");
        if (!type.equals("object")) {
            errors.add(FieldError.invalid(at.child("type"), type, "must be object"));
        }
        if (level == Level.ROOT && !onlyNames(metadata)) {
            errors.add(
                    FieldError.forbidden(
                            at,
                            "must not specify anything other than name and generateName, but metadata is implicitly specified"));
        }
    }

    /** Whether the metadata of a resource is declared as it may be: its type, and the two names. */
    private static boolean onlyNames(JsonNode metadata) {
        Set<String> names = Set.of("name", "generateName");
        for (Map.Entry<String, JsonNode> each : metadata.properties()) {
            boolean allowed =
                    switch (each.getKey()) {
                        case "type", "default" -> true;
                        case "properties" -> names.containsAll(each.getValue().propertyNames());
                        default -> each.getValue().isEmpty() && each.getValue().isContainer();
                    };
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    /** What restricts values, in the schema itself. */
    private void restrictions(JsonNode schema, boolean skipAnyOf, boolean skipFirstAllOf, FieldPath path) {
        for (int i = 0; !skipAnyOf && i < schema.path("anyOf").size(); i++) {
            alternative(schema.path("anyOf").get(i), false, path.child("anyOf").index(i));
        }
        for (int i = 0; i < schema.path("allOf").size(); i++) {
            alternative(
                    schema.path("allOf").get(i),
                    skipFirstAllOf && i == 0,
                    path.child("allOf").index(i));
        }
        for (int i = 0; i < schema.path("oneOf").size(); i++) {
            alternative(schema.path("oneOf").get(i), false, path.child("oneOf").index(i));
        }
        if (schema.path("not").isObject()) {
            alternative(schema.get("not"), false, path.child("not"));
        }
        String pattern = schema.path("pattern").asString("");
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            errors.add(FieldError.invalid(
                    path.child("pattern"),
                    pattern,
                    "must be a valid regular expression, but isn't: " + e.getMessage()));
        }
    }

    private void alternative(JsonNode schema, boolean skipAnyOf, FieldPath path) {
        restrictions(schema, skipAnyOf, false, path);
        if (schema.path("items").isObject()) {
            alternative(schema.get("items"), false, path.child("items"));
        }
        schema.path("properties")
                .properties()
                .forEach(field -> alternative(
                        field.getValue(), false, path.child("properties").key(field.getKey())));
        FORBIDDEN.forEach((name, detail) -> {
            JsonNode value = schema.path(name);
            boolean set = value.isObject()
                    || (value.isBoolean()
                            && (value.asBoolean() || name.equals("additionalProperties") || name.equals("default")))
                    || (value.isArray() && !value.isEmpty())
                    || (value.isString() && !value.asString().isEmpty())
                    || value.isNumber();
            if (set) {
                errors.add(FieldError.forbidden(path.child(name), detail));
            }
        });
        if (schema.path("properties").has("metadata")) {
            errors.add(FieldError.forbidden(
                    path.child("properties").key("metadata"), "must not be specified in a nested context"));
        }
    }

    /** What an alternative restricts must be declared outside of it. */
    private void completeness(JsonNode schema, JsonNode declared, FieldPath path, FieldPath declaredPath) {
        for (String junctor : List.of("allOf", "anyOf", "oneOf")) {
            for (int i = 0; i < schema.path(junctor).size(); i++) {
                nested(
                        schema.path(junctor).get(i),
                        declared,
                        path.child(junctor).index(i),
                        declaredPath);
            }
        }
        if (schema.path("not").isObject()) {
            nested(schema.get("not"), declared, path.child("not"), declaredPath);
        }
    }

    private void nested(JsonNode schema, JsonNode declared, FieldPath path, FieldPath declaredPath) {
        completeness(schema, declared, path, declaredPath);
        schema.path("properties").properties().forEach(field -> {
            JsonNode known = declared.path("properties").path(field.getKey());
            FieldPath below = declaredPath.child("properties").key(field.getKey());
            if (known.isMissingNode()) {
                errors.add(FieldError.required(
                        below,
                        "because it is defined in " + path.child("properties").key(field.getKey())));
            } else {
                nested(field.getValue(), known, path.child("properties").key(field.getKey()), below);
            }
        });
        if (schema.path("items").isObject()) {
            FieldPath below = declaredPath.child("items");
            if (!declared.path("items").isObject()) {
                errors.add(FieldError.required(below, "because it is defined in " + path.child("items")));
            } else {
                nested(schema.get("items"), declared.get("items"), path.child("items"), below);
            }
        }
    }
}
