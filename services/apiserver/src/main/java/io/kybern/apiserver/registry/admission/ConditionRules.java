package io.kybern.apiserver.registry.admission;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.cel.CelCompiler;
import io.kybern.apiserver.cel.CelException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** Checks {@code matchConditions} of webhooks and policies, and other expressions. */
final class ConditionRules {

    private static final int MAX_CONDITIONS = 64;

    private ConditionRules() {}

    static void validate(JsonNode conditions, CelCompiler compiler, FieldPath path, List<FieldError> errors) {
        if (conditions.size() > MAX_CONDITIONS) {
            errors.add(FieldError.tooMany(path, conditions.size(), MAX_CONDITIONS));
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < conditions.size(); i++) {
            JsonNode condition = conditions.get(i);
            FieldPath at = path.index(i);
            String expression = condition.path("expression").asString("");
            if (expression.isBlank()) {
                errors.add(FieldError.required(at.child("expression"), ""));
            } else {
                expression(expression.strip(), compiler::compileCondition, at.child("expression"), errors);
            }
            String name = condition.path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(at.child("name"), ""));
            } else {
                Names.qualifiedName(name)
                        .forEach(fault -> errors.add(FieldError.invalid(at.child("name"), name, fault)));
                if (!names.add(name)) {
                    errors.add(FieldError.duplicate(at.child("name"), name));
                }
            }
        }
    }

    /** Adds why an expression does not compile. */
    static void expression(String expression, Consumer<String> compile, FieldPath path, List<FieldError> errors) {
        try {
            compile.accept(expression);
        } catch (CelException e) {
            errors.add(FieldError.invalid(path, expression, e.text()));
        }
    }
}
