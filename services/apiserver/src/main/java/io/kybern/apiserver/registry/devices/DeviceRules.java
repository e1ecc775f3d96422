package io.kybern.apiserver.registry.devices;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.cel.CelException;
import io.kybern.apiserver.cel.DeviceExpressions;
import io.kybern.apiserver.registry.Values;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks the parts that claims, classes and slices have in common. */
final class DeviceRules {

    private static final int MAX_SELECTORS = 32;
    private static final int MAX_EXPRESSION = 10 * 1024;
    private static final int MAX_BINDING_CONDITIONS = 4;
    private static final List<String> OPERATORS = List.of("Equal", "Exists");
    private static final List<String> EFFECTS = List.of("NoExecute", "NoSchedule", "None");

    /** As much of a driver's own words as the API takes. */
    static final int MAX_RAW = 10 * 1024;

    private DeviceRules() {}

    static void selectors(JsonNode selectors, FieldPath field, List<FieldError> errors) {
        Items.each(selectors, MAX_SELECTORS, field, errors, (selector, each) -> {
            if (selector.path("cel").isObject()) {
                expression(
                        selector.path("cel").path("expression").asString(""), each.child("cel", "expression"), errors);
            } else {
                errors.add(FieldError.required(each.child("cel"), ""));
            }
        });
    }

    private static void expression(String expression, FieldPath field, List<FieldError> errors) {
        if (expression.getBytes(StandardCharsets.UTF_8).length > MAX_EXPRESSION) {
            errors.add(FieldError.tooLong(field, MAX_EXPRESSION));
            return;
        }
        try {
            DeviceExpressions.check(expression);
        } catch (CelException e) {
            errors.add(FieldError.invalid(field, expression, e.text()));
        }
    }

    /** What is meant for a driver. */
    static void configuration(JsonNode config, FieldPath field, List<FieldError> errors) {
        FieldPath opaque = field.child("opaque");
        if (!config.path("opaque").isObject()) {
            errors.add(FieldError.required(opaque, ""));
            return;
        }
        DeviceNames.driver(config.path("opaque").path("driver").asString(""), opaque.child("driver"), errors);
        raw(config.path("opaque").path("parameters"), opaque.child("parameters"), errors);
    }

    static void raw(JsonNode value, FieldPath field, List<FieldError> errors) {
        if (value.isMissingNode() || value.isNull()) {
            errors.add(FieldError.required(field, ""));
        } else if (value.toString().getBytes(StandardCharsets.UTF_8).length > MAX_RAW) {
            errors.add(FieldError.tooLong(field, MAX_RAW));
        } else if (!value.isObject()) {
            errors.add(FieldError.invalid(field, "<value omitted>", "must be a valid JSON object"));
        }
    }

    static void toleration(JsonNode toleration, FieldPath field, List<FieldError> errors) {
        String key = toleration.path("key").asString("");
        if (!key.isEmpty()) {
            Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
        }
        String value = toleration.path("value").asString("");
        switch (toleration.path("operator").asString("")) {
            case "Exists" -> {
                if (!value.isEmpty()) {
                    errors.add(FieldError.invalid(field.child("value"), value, "must be empty for operator `Exists`"));
                }
            }
            case "Equal" -> labelValue(value, field.child("value"), errors);
            default -> Values.oneOf(toleration, "operator", field, OPERATORS, true, errors);
        }
        Values.oneOf(toleration, "effect", field, EFFECTS, false, errors);
    }

    static void taint(JsonNode taint, FieldPath field, List<FieldError> errors) {
        String key = taint.path("key").asString("");
        Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
        labelValue(taint.path("value").asString(""), field.child("value"), errors);
        Values.oneOf(taint, "effect", field, EFFECTS, true, errors);
    }

    private static void labelValue(String value, FieldPath field, List<FieldError> errors) {
        Names.labelValue(value).forEach(fault -> errors.add(FieldError.invalid(field, value, fault)));
    }

    /** Conditions that a device must have before pods are bound, and those that tell that it never will; both or none. */
    static void binding(JsonNode object, FieldPath field, List<FieldError> errors) {
        JsonNode wanted = object.path("bindingConditions");
        JsonNode failures = object.path("bindingFailureConditions");
        Set<String> names = conditions(wanted, field.child("bindingConditions"), Set.of(), errors);
        conditions(failures, field.child("bindingFailureConditions"), names, errors);
        if (wanted.isEmpty() && !failures.isEmpty()) {
            errors.add(FieldError.invalid(
                    field.child("bindingConditions"),
                    wanted.isMissingNode() ? null : wanted,
                    "bindingConditions are required to use bindingFailureConditions"));
        }
        if (failures.isEmpty() && !wanted.isEmpty()) {
            errors.add(FieldError.invalid(
                    field.child("bindingFailureConditions"),
                    failures.isMissingNode() ? null : failures,
                    "bindingFailureConditions are required to use bindingConditions"));
        }
    }

    private static Set<String> conditions(JsonNode list, FieldPath field, Set<String> others, List<FieldError> errors) {
        Items.distinct(
                list, MAX_BINDING_CONDITIONS, field, condition -> condition.asString(""), errors, (condition, each) -> {
                    String name = condition.asString("");
                    Names.qualifiedName(name).forEach(fault -> errors.add(FieldError.invalid(each, name, fault)));
                    if (others.contains(name)) {
                        errors.add(FieldError.invalid(
                                each, name, "bindingFailureConditions must not overlap with bindingConditions"));
                    }
                });
        Set<String> names = new HashSet<>();
        list.forEach(condition -> names.add(condition.asString("")));
        return names;
    }
}
