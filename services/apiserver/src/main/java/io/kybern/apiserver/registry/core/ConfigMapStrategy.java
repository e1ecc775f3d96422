package io.kybern.apiserver.registry.core;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** ConfigMaps. */
public final class ConfigMapStrategy extends GenericStrategy {

    static final int MAX_BYTES = 1024 * 1024;

    /** The config maps of the API. */
    public ConfigMapStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void validate(ObjectNode map, List<FieldError> errors) {
        long size = 0;
        JsonNode binary = map.path("binaryData");
        for (Map.Entry<String, JsonNode> entry : map.path("data").properties()) {
            key("data", entry.getKey(), errors);
            if (binary.has(entry.getKey())) {
                errors.add(FieldError.invalid(
                        FieldPath.of("data").key(entry.getKey()),
                        entry.getKey(),
                        "duplicate of key present in binaryData"));
            }
            size += entry.getValue().asString("").getBytes(StandardCharsets.UTF_8).length;
        }
        for (Map.Entry<String, JsonNode> entry : binary.properties()) {
            key("binaryData", entry.getKey(), errors);
            size += decodedSize(entry.getValue().asString(""));
        }
        if (size > MAX_BYTES) {
            errors.add(FieldError.tooLong(FieldPath.nameless(), MAX_BYTES));
        }
    }

    static void key(String field, String key, List<FieldError> errors) {
        Names.configKey(key)
                .forEach(fault ->
                        errors.add(FieldError.invalid(FieldPath.of(field).key(key), key, fault)));
    }

    /** How many bytes a Base64 text stands for. */
    static long decodedSize(String base64) {
        int padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
        return base64.length() / 4L * 3 - padding;
    }

    @Override
    protected void validateChange(ObjectNode map, ObjectNode old, List<FieldError> errors) {
        immutability(map, old, List.of("data", "binaryData"), errors);
        validate(map, errors);
    }

    /** Adds the faults of a change of what was declared immutable. */
    static void immutability(JsonNode now, JsonNode old, List<String> fields, List<FieldError> errors) {
        if (!old.path("immutable").asBoolean(false)) {
            return;
        }
        if (!now.path("immutable").asBoolean(false)) {
            errors.add(FieldError.forbidden(FieldPath.of("immutable"), "field is immutable when `immutable` is set"));
        }
        for (String field : fields) {
            if (!now.path(field).equals(old.path(field))) {
                errors.add(FieldError.forbidden(FieldPath.of(field), "field is immutable when `immutable` is set"));
            }
        }
    }
}
