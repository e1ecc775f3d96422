package io.kybern.apiserver.admission.policies;

import io.kybern.apiserver.audit.AuditAnnotations;
import io.kybern.apiserver.cel.CelBudget;
import io.kybern.apiserver.cel.CelException;
import io.kybern.apiserver.cel.CelValues;
import io.kybern.apiserver.cel.MatchConditions;
import io.kybern.apiserver.cel.PolicyExpressions;
import io.kybern.apiserver.cel.PolicyExpressions.Expression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A ValidatingAdmissionPolicy, compiled; see "Validating Admission Policy" in the Kubernetes documentation. */
final class ValidatingPolicy {

    private static final String OUT_OF_BUDGET =
            "validation failed due to running out of cost budget, no further validation rules will be run";
    private static final int MAX_MESSAGE = 5 * 1024;

    private final Policy policy;
    private final List<Validation> validations = new ArrayList<>();
    private final List<Annotation> annotations = new ArrayList<>();

    private record Validation(
            JsonNode declared,
            Expression condition,
            @Nullable Expression message) {

        String text(String field) {
            return declared.path(field).asString("").strip();
        }
    }

    private record Annotation(String key, String declared, Expression value) {}

    /**
     * Something that the policy holds against a request.
     *
     * @param reason of the refusal, as Kubernetes calls it
     * @param message why
     * @param always whether it refuses whatever the binding's actions are
     */
    record Objection(String reason, String message, boolean always) {}

    ValidatingPolicy(JsonNode object) {
        this.policy = Policy.of(object);
        PolicyExpressions expressions = policy.expressions();
        var conditions = expressions.conditions();
        var messages = expressions.messages();
        for (JsonNode each : policy.declared().path("validations")) {
            String message = each.path("messageExpression").asString("");
            validations.add(new Validation(
                    each,
                    PolicyExpressions.expression(
                            conditions, each.path("expression").asString(""), PolicyExpressions.truth()),
                    message.isBlank()
                            ? null
                            : PolicyExpressions.expression(messages, message, PolicyExpressions.text())));
        }
        for (JsonNode each : policy.declared().path("auditAnnotations")) {
            String expression = each.path("valueExpression").asString("").strip();
            annotations.add(new Annotation(
                    each.path("key").asString(""),
                    expression,
                    PolicyExpressions.expression(conditions, expression, PolicyExpressions.textOrNothing())));
        }
    }

    Policy policy() {
        return policy;
    }

    /**
     * What the policy objects to.
     *
     * @param request what expressions see of the request
     */
    List<Objection> evaluate(Map<String, Object> request, @Nullable JsonNode param) {
        Map<String, Object> before = new HashMap<>(request);
        before.put("params", CelValues.of(param));
        MatchConditions.Outcome outcome = policy.conditions().evaluate(before);
        switch (outcome.verdict()) {
            case NO_MATCH -> {
                return List.of();
            }
            case ERROR -> {
                return failure(outcome.detail());
            }
            case MATCH -> {}
        }
        CelBudget budget = CelBudget.perObject();
        Map<String, Object> values = policy.expressions().bind(request, param, budget);
        List<Objection> objections = new ArrayList<>();
        for (Validation each : validations) {
            objections.addAll(validate(each, values, budget));
            if (budget.exhausted()) {
                return failure(OUT_OF_BUDGET);
            }
        }
        annotate(values, objections);
        return objections;
    }

    private List<Objection> failure(String message) {
        return policy.failsOpen() ? List.of() : List.of(new Objection("Invalid", message, false));
    }

    private List<Objection> validate(Validation validation, Map<String, Object> values, CelBudget budget) {
        try {
            if (Boolean.TRUE.equals(validation.condition().evaluate(values, budget))) {
                return List.of();
            }
        } catch (CelException e) {
            return failure(words(validation.declared().path("expression").asString(""), e));
        }
        String reason = validation.text("reason");
        return List.of(
                new Objection(reason.isEmpty() ? "Invalid" : reason, message(validation, values, budget), false));
    }

    private static String words(String expression, CelException e) {
        return switch (e.kind()) {
            case COMPILATION -> "compilation error: " + e.text();
            case EVALUATION -> "expression '%s' resulted in error: %s".formatted(expression, e.text());
            case COST -> OUT_OF_BUDGET;
        };
    }

    private static String message(Validation validation, Map<String, Object> values, CelBudget budget) {
        Expression expression = validation.message();
        if (expression != null) {
            try {
                String text =
                        String.valueOf(expression.evaluate(values, budget)).strip();
                if (!text.isEmpty() && text.length() <= MAX_MESSAGE && text.indexOf('\n') < 0) {
                    return text;
                }
            } catch (CelException e) {
                return fallback(validation);
            }
        }
        return fallback(validation);
    }

    private static String fallback(Validation validation) {
        String message = validation.text("message");
        return message.isEmpty() ? "failed expression: " + validation.text("expression") : message;
    }

    /** Tells what the policy wants told; an annotation that fails is a failure of the policy. */
    private void annotate(Map<String, Object> values, List<Objection> objections) {
        CelBudget budget = CelBudget.perObject();
        for (Annotation each : annotations) {
            try {
                Object told = each.value().evaluate(values, budget);
                if (told instanceof String text && !text.isBlank()) {
                    AuditAnnotations.add(policy.name() + "/" + each.key(), text.strip());
                }
            } catch (CelException e) {
                if (!policy.failsOpen()) {
                    objections.add(new Objection("Invalid", words(each.declared(), e), true));
                }
            }
        }
    }
}
