package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks tolerations and topology spread constraints. */
final class SchedulingValidator {

    private static final List<String> EFFECTS = List.of("NoSchedule", "PreferNoSchedule", "NoExecute");
    private static final List<String> UNSATISFIABLE = List.of("DoNotSchedule", "ScheduleAnyway");

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
            operator(toleration, operator, each, errors);
            if (!effect.isEmpty() && !EFFECTS.contains(effect)) {
                errors.add(FieldError.notSupported(each.child("effect"), effect, EFFECTS));
            }
        }
    }

    private static void operator(JsonNode toleration, String operator, FieldPath field, List<FieldError> errors) {
        String value = toleration.path("value").asString("");
        switch (operator) {
            case "", "Equal" ->
                Names.labelValue(value)
                        .forEach(fault -> errors.add(FieldError.invalid(field.child("operator"), value, fault)));
            case "Exists" -> {
                if (!value.isEmpty()) {
                    errors.add(FieldError.invalid(
                            field.child("operator"), toleration, "value must be empty when `operator` is 'Exists'"));
                }
            }
            default ->
                errors.add(FieldError.notSupported(field.child("operator"), operator, List.of("Equal", "Exists")));
        }
    }

    static void spread(JsonNode constraints, FieldPath field, List<FieldError> errors) {
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode constraint : constraints) {
            FieldPath each = field.index(index++);
            long skew = constraint.path("maxSkew").asLong(0);
            if (skew <= 0) {
                errors.add(FieldError.invalid(each.child("maxSkew"), skew, "must be greater than zero"));
            }
            String key = constraint.path("topologyKey").asString("");
            if (key.isEmpty()) {
                errors.add(FieldError.required(each.child("topologyKey"), "can not be empty"));
            } else {
                Names.qualifiedName(key)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("topologyKey"), key, fault)));
            }
            String action = constraint.path("whenUnsatisfiable").asString("");
            if (!UNSATISFIABLE.contains(action)) {
                errors.add(FieldError.notSupported(each.child("whenUnsatisfiable"), action, UNSATISFIABLE));
            }
            if (!seen.add("{%s, %s}".formatted(key, action))) {
                errors.add(FieldError.duplicate(
                        each.child("{topologyKey, whenUnsatisfiable}"), "{%s, %s}".formatted(key, action)));
            }
            Values.selector(constraint.path("labelSelector"), each.child("labelSelector"), errors);
        }
    }
}
