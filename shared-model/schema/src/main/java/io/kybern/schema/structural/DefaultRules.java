package io.kybern.schema.structural;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks that the defaults of a schema are themselves valid, and say nothing that would be pruned. */
public final class DefaultRules {

    private DefaultRules() {}

    /** The faults of the defaults of a resource's schema. */
    public static List<FieldError> validate(JsonNode schema, FieldPath path) {
        List<FieldError> errors = new ArrayList<>();
        check(schema, path, errors);
        return errors;
    }

    private static void check(JsonNode schema, FieldPath path, List<FieldError> errors) {
        JsonNode value = schema.path("default");
        if (!value.isMissingNode() && !value.isNull()) {
            FieldPath at = path.child("default");
            JsonNode pruned = value.deepCopy();
            boolean embedded = schema.path("x-kubernetes-embedded-resource").asBoolean(false);
            Pruner.prune(pruned, embedded ? Structural.ofResource(schema) : Structural.parse(schema));
            if (!pruned.equals(value)) {
                errors.add(FieldError.invalid(at, value, "must not have unknown fields"));
            }
            errors.addAll(new ValueValidator(schema, at.toString()).validate(value));
        }
        if (schema.path("items").isObject()) {
            check(schema.get("items"), path.child("items"), errors);
        }
        schema.path("properties")
                .properties()
                .forEach(field ->
                        check(field.getValue(), path.child("properties").key(field.getKey()), errors));
    }
}
