package io.kybern.apiserver.custom;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.ScalePaths;
import io.kybern.schema.structural.SimplePath;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a version with {@code /scale} demands of the fields behind it. */
final class ScaleRules {

    private final JsonNode declared;
    private final @Nullable ScalePaths paths;

    /** @param declared the {@code scale} of a version's subresources; missing if it has none */
    ScaleRules(JsonNode declared) {
        this.declared = declared;
        this.paths = read(declared).orElse(null);
    }

    private static Optional<ScalePaths> read(JsonNode declared) {
        Optional<SimplePath> wanted =
                SimplePath.of(declared.path("specReplicasPath").asString(""));
        Optional<SimplePath> present =
                SimplePath.of(declared.path("statusReplicasPath").asString(""));
        if (wanted.isEmpty() || present.isEmpty()) {
            return Optional.empty();
        }
        SimplePath selector =
                SimplePath.of(declared.path("labelSelectorPath").asString("")).orElse(null);
        return Optional.of(new ScalePaths(wanted.get(), present.get(), selector));
    }

    Optional<ScalePaths> paths() {
        return Optional.ofNullable(paths);
    }

    void validate(JsonNode object, List<FieldError> errors) {
        if (paths != null) {
            replicas(paths.wanted().in(object), "specReplicasPath", errors);
            validateStatus(object, errors);
        }
    }

    void validateStatus(JsonNode object, List<FieldError> errors) {
        if (paths == null) {
            return;
        }
        replicas(paths.present().in(object), "statusReplicasPath", errors);
        SimplePath selector = paths.selector();
        JsonNode value = selector == null ? null : selector.in(object);
        if (value != null && !value.isMissingNode() && !value.isString()) {
            errors.add(FieldError.invalid(
                    path("labelSelectorPath"), "", accessorError("labelSelectorPath", value, "string")));
        }
    }

    private void replicas(JsonNode value, String field, List<FieldError> errors) {
        if (value.isMissingNode()) {
            return;
        }
        if (!value.isIntegralNumber()) {
            errors.add(FieldError.invalid(path(field), 0, accessorError(field, value, "int64")));
        } else if (value.decimalValue().signum() < 0) {
            errors.add(FieldError.invalid(path(field), value, "should be a non-negative integer"));
        } else if (!value.canConvertToInt()) {
            errors.add(FieldError.invalid(path(field), value, "should be less than or equal to " + Integer.MAX_VALUE));
        }
    }

    private String accessorError(String field, JsonNode value, String wanted) {
        String type = value.isString()
                ? "string"
                : value.isNumber()
                        ? value.isIntegralNumber() ? "int64" : "float64"
                        : value.isBoolean() ? "bool" : value.isArray() ? "[]interface {}" : "map[string]interface {}";
        String shown = value.isString() ? value.asString() : value.isNull() ? "<nil>" : value.toString();
        return "%s accessor error: %s is of the type %s, expected %s".formatted(path(field), shown, type, wanted);
    }

    private FieldPath path(String field) {
        return FieldPath.of(declared.path(field).asString(""));
    }
}
