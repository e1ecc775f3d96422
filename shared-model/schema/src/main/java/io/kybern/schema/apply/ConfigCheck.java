package io.kybern.schema.apply;

import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Finds what in a configuration does not fit the schema, in the words that clients know. */
final class ConfigCheck {

    private final List<String> errors = new ArrayList<>();

    private ConfigCheck() {}

    /** The errors, each with its path: {@code .spec.foo: field not declared in schema}; empty if it fits. */
    static List<String> errors(JsonNode config, Schema schema) {
        ConfigCheck check = new ConfigCheck();
        check.check(config, schema, "");
        return check.errors;
    }

    private void check(JsonNode value, Schema schema, String path) {
        if (value.isNull()) {
            return;
        }
        switch (schema.type()) {
            case OBJECT -> fields(value, schema, path);
            case MAP -> {
                if (expect(value.isObject(), "expected map, got &{" + value + "}", path)) {
                    value.properties()
                            .forEach(each -> check(each.getValue(), schema.items(), path + "." + each.getKey()));
                }
            }
            case ARRAY -> elements(value, schema, path);
            case STRING -> {
                boolean quantity = schema.definitionName().endsWith(".Quantity") && value.isNumber();
                expect(value.isString() || quantity, "expected string, got " + value, path);
            }
            case INTEGER, NUMBER ->
                expect(value.isNumber(), "expected numeric (int or float), got " + goType(value), path);
            case BOOLEAN -> expect(value.isBoolean(), "expected boolean, got " + value, path);
            case INT_OR_STRING ->
                expect(value.isNumber() || value.isString(), "expected any scalar, got " + value, path);
            case ANY -> {}
        }
    }

    private void fields(JsonNode value, Schema schema, String path) {
        if (!expect(value.isObject(), "expected map, got &{" + value + "}", path)) {
            return;
        }
        for (Map.Entry<String, JsonNode> each : value.properties()) {
            Schema field = schema.property(each.getKey());
            if (field != null) {
                check(each.getValue(), field, path + "." + each.getKey());
            } else {
                expect(schema.preservesUnknown(), "field not declared in schema", path + "." + each.getKey());
            }
        }
    }

    private void elements(JsonNode value, Schema schema, String path) {
        if (!expect(value.isArray(), "expected list, got &{" + value + "}", path)) {
            return;
        }
        boolean keyed = !schema.listType().equals("atomic");
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode element : value) {
            String step = keyed ? Steps.element(element, schema) : "i:" + index;
            if (step == null) {
                errors.add(
                        path + ": element " + index + ": associative list with keys has an element that omits all key"
                                + " fields " + schema.mapKeys());
            } else {
                if (!seen.add(step)) {
                    errors.add(path + ": duplicate entries for key " + Steps.shown(step));
                }
                check(element, schema.items(), path + Steps.shown(step));
            }
            index++;
        }
    }

    private boolean expect(boolean holds, String otherwise, String path) {
        if (!holds) {
            errors.add(path + ": " + otherwise);
        }
        return holds;
    }

    private static String goType(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "map[string]interface {}";
            case ARRAY -> "[]interface {}";
            case BOOLEAN -> "bool";
            default -> "string";
        };
    }
}
