package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks tolerations. */
final class SchedulingValidator {

    private static final List<String> EFFECTS = List.of("NoSchedule", "PreferNoSchedule", "NoExecute");

    private static final List<String> OPERATORS = List.of("Equal", "Exists");

    /** Comparing is known but not yet allowed: the feature that brings it is off by default. */
    private static final List<String> ALL_OPERATORS = List.of("Equal", "Exists", "Lt", "Gt");

    private SchedulingValidator() {}

    static void tolerations(JsonNode tolerations, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode toleration : tolerations) {
            FieldPath each = field.index(index++);
            String key = toleration.path("key").asString("");
            String operator = toleration.path("operator").asString("");
            String effect = toleration.path("effect").asString("");
            if (!key.isEmpty()) {
                Names.qualifiedName(key)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("key"), key, fault)));
            } else if (!operator.equals("Exists")) {
                errors.add(FieldError.invalid(
                        each.child("operator"),
                        operator,
                        "operator must be Exists when `key` is empty, which means \"match all values and all keys\""));
            }
            if (toleration.has("tolerationSeconds") && !effect.equals("NoExecute")) {
                errors.add(FieldError.invalid(
                        each.child("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
            }
            operator(toleration.path("value").asString(""), operator, each, errors);
            if (!effect.isEmpty() && !EFFECTS.contains(effect)) {
                errors.add(FieldError.notSupported(each.child("effect"), effect, EFFECTS));
            }
        }
    }

    private static void operator(String value, String operator, FieldPath field, List<FieldError> errors) {
        switch (operator) {
            case "", "Equal" -> {
                List<String> faults = Names.labelValue(value);
                if (!faults.isEmpty()) {
                    errors.add(FieldError.invalid(field.child("operator"), value, String.join(";", faults)));
                }
            }
            case "Exists" -> {
                if (!value.isEmpty()) {
                    errors.add(FieldError.invalid(
                            field.child("operator"), value, "value must be empty when `operator` is 'Exists'"));
                }
            }
            case "Lt", "Gt" -> errors.add(FieldError.notSupported(field.child("operator"), operator, ALL_OPERATORS));
            default -> errors.add(FieldError.notSupported(field.child("operator"), operator, OPERATORS));
        }
    }
}
