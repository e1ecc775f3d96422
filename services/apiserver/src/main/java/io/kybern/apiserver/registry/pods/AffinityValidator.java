package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.NodeSelectorRules;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks the affinity of a pod to nodes and to other pods. */
final class AffinityValidator {

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
            NodeSelectorRules.selector(affinity.path(REQUIRED), field.child(REQUIRED), errors);
        }
        int index = 0;
        for (JsonNode preferred : affinity.path(PREFERRED)) {
            FieldPath each = field.child(PREFERRED).index(index++);
            weight(preferred, each, errors);
            // what is only preferred may name values that no label can have
            NodeSelectorRules.term(preferred.path("preference"), false, each.child("preference"), errors);
        }
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
        for (JsonNode namespace : term.path("namespaces")) {
            // Kubernetes neither says which one it is nor writes the field's name as it is
            Names.dns1123Label(namespace.asString(""))
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("namespace"), namespace, fault)));
        }
        SpreadValidator.labelKeys(term, field, errors);
        String key = term.path("topologyKey").asString("");
        if (key.isEmpty()) {
            errors.add(FieldError.required(field.child("topologyKey"), "can not be empty"));
        }
        Names.qualifiedName(key)
                .forEach(fault -> errors.add(FieldError.invalid(field.child("topologyKey"), key, fault)));
    }
}
