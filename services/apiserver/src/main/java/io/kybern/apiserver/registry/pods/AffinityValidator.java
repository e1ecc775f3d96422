package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks the affinity of a pod to nodes and to other pods. */
public final class AffinityValidator {

    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
    private static final int MAX_WEIGHT = 100;

    private AffinityValidator() {}

    static void validate(JsonNode affinity, FieldPath field, List<FieldError> errors) {
        node(affinity.path("nodeAffinity"), field.child("nodeAffinity"), errors);
        for (String kind : List.of("podAffinity", "podAntiAffinity")) {
            pods(affinity.path(kind), field.child(kind), errors);
        }
    }

    private static void node(JsonNode affinity, FieldPath field, List<FieldError> errors) {
        if (affinity.has(REQUIRED)) {
            nodeSelector(affinity.path(REQUIRED), field.child(REQUIRED), errors);
        }
        int index = 0;
        for (JsonNode preferred : affinity.path(PREFERRED)) {
            FieldPath each = field.child(PREFERRED).index(index++);
            weight(preferred, each, errors);
            nodeTerm(preferred.path("preference"), each.child("preference"), errors);
        }
    }

    /** Checks what picks nodes: one term or more, any of which will do. */
    public static void nodeSelector(JsonNode selector, FieldPath field, List<FieldError> errors) {
        FieldPath terms = field.child("nodeSelectorTerms");
        JsonNode list = selector.path("nodeSelectorTerms");
        if (list.isEmpty()) {
            errors.add(FieldError.required(terms, "must have at least one node selector term"));
        }
        int index = 0;
        for (JsonNode term : list) {
            nodeTerm(term, terms.index(index++), errors);
        }
    }

    private static void nodeTerm(JsonNode term, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode expression : term.path("matchExpressions")) {
            expression(expression, field.child("matchExpressions").index(index++), errors);
        }
        index = 0;
        for (JsonNode match : term.path("matchFields")) {
            FieldPath each = field.child("matchFields").index(index++);
            String key = match.path("key").asString("");
            if (!key.equals("metadata.name")) {
                errors.add(FieldError.invalid(each.child("key"), key, "not a valid field selector key"));
            }
            String operator = match.path("operator").asString("");
            if (!operator.equals("In") && !operator.equals("NotIn")) {
                errors.add(FieldError.invalid(each.child("operator"), operator, "not a valid selector operator"));
            } else if (match.path("values").size() != 1) {
                errors.add(FieldError.required(
                        each.child("values"),
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
            }
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
            default ->
                errors.add(FieldError.invalid(field.child("operator"), operator, "not a valid selector operator"));
        }
        String key = expression.path("key").asString("");
        Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
    }

    private static void weight(JsonNode preferred, FieldPath field, List<FieldError> errors) {
        long weight = preferred.path("weight").asLong(0);
        if (weight <= 0 || weight > MAX_WEIGHT) {
            errors.add(FieldError.invalid(field.child("weight"), weight, "must be in the range 1-100"));
        }
    }

    private static void pods(JsonNode affinity, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode term : affinity.path(REQUIRED)) {
            podTerm(term, field.child(REQUIRED).index(index++), errors);
        }
        index = 0;
        for (JsonNode preferred : affinity.path(PREFERRED)) {
            FieldPath each = field.child(PREFERRED).index(index++);
            weight(preferred, each, errors);
            podTerm(preferred.path("podAffinityTerm"), each.child("podAffinityTerm"), errors);
        }
    }

    private static void podTerm(JsonNode term, FieldPath field, List<FieldError> errors) {
        Values.selector(term.path("labelSelector"), field.child("labelSelector"), errors);
        Values.selector(term.path("namespaceSelector"), field.child("namespaceSelector"), errors);
        int index = 0;
        for (JsonNode namespace : term.path("namespaces")) {
            FieldPath each = field.child("namespaces").index(index++);
            Names.dns1123Label(namespace.asString(""))
                    .forEach(fault -> errors.add(FieldError.invalid(each, namespace.asString(""), fault)));
        }
        String key = term.path("topologyKey").asString("");
        if (key.isEmpty()) {
            errors.add(FieldError.required(field.child("topologyKey"), "can not be empty"));
        } else {
            Names.qualifiedName(key)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("topologyKey"), key, fault)));
        }
    }
}
