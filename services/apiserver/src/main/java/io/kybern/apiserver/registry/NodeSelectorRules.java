package io.kybern.apiserver.registry;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** What picks nodes: for pods, for volumes, for devices. */
public final class NodeSelectorRules {

    private static final String NO_OPERATOR = "not a valid selector operator";

    private NodeSelectorRules() {}

    /** Checks what picks nodes: one term or more, any of which will do. */
    public static void selector(JsonNode selector, FieldPath field, List<FieldError> errors) {
        FieldPath terms = field.child("nodeSelectorTerms");
        JsonNode list = selector.path("nodeSelectorTerms");
        if (list.isEmpty()) {
            errors.add(FieldError.required(terms, "must have at least one node selector term"));
            return;
        }
        int index = 0;
        for (JsonNode term : list) {
            term(term, true, terms.index(index++), errors);
        }
    }

    /**
     * Checks one term.
     *
     * @param checkValues whether values must be those that labels can have
     */
    public static void term(JsonNode term, boolean checkValues, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode expression : term.path("matchExpressions")) {
            FieldPath each = field.child("matchExpressions").index(index++);
            expression(expression, each, errors);
            if (checkValues) {
                values(expression.path("values"), Names::labelValue, each.child("values"), errors);
            }
        }
        index = 0;
        for (JsonNode match : term.path("matchFields")) {
            FieldPath each = field.child("matchFields").index(index++);
            String operator = match.path("operator").asString("");
            if (!operator.equals("In") && !operator.equals("NotIn")) {
                errors.add(FieldError.invalid(each.child("operator"), operator, NO_OPERATOR));
            } else if (match.path("values").size() != 1) {
                errors.add(FieldError.required(
                        each.child("values"),
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
            }
            String key = match.path("key").asString("");
            if (key.equals("metadata.name")) {
                values(match.path("values"), Names::dns1123Subdomain, each.child("values"), errors);
            } else {
                errors.add(FieldError.invalid(each.child("key"), key, "not a valid field selector key"));
            }
        }
    }

    private static void values(
            JsonNode values, Function<String, List<String>> rule, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode value : values) {
            FieldPath each = field.index(index++);
            rule.apply(value.asString("")).forEach(fault -> errors.add(FieldError.invalid(each, value, fault)));
        }
    }

    private static void expression(JsonNode expression, FieldPath field, List<FieldError> errors) {
        String operator = expression.path("operator").asString("");
        int values = expression.path("values").size();
        switch (operator) {
            case "In", "NotIn" -> {
                if (values == 0) {
                    errors.add(FieldError.required(
                            field.child("values"), "must be specified when `operator` is 'In' or 'NotIn'"));
                }
            }
            case "Exists", "DoesNotExist" -> {
                if (values > 0) {
                    errors.add(FieldError.forbidden(
                            field.child("values"),
                            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
                }
            }
            case "Gt", "Lt" -> {
                if (values != 1) {
                    errors.add(FieldError.required(
                            field.child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'"));
                }
            }
            default -> errors.add(FieldError.invalid(field.child("operator"), operator, NO_OPERATOR));
        }
        String key = expression.path("key").asString("");
        Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
    }
}
