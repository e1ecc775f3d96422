package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks how the pods of a group are spread, and labels of a pod that take part in selecting its group. */
final class SpreadValidator {

    private static final String NOT_POSITIVE = "must be greater than zero";
    private static final String HARD = "DoNotSchedule";
    private static final List<String> UNSATISFIABLE = List.of(HARD, "ScheduleAnyway");
    private static final List<String> NODE_POLICIES = List.of("Honor", "Ignore");

    private SpreadValidator() {}

    static void spread(JsonNode constraints, FieldPath field, List<FieldError> errors) {
        for (int i = 0; i < constraints.size(); i++) {
            JsonNode constraint = constraints.get(i);
            FieldPath each = field.index(i);
            long skew = constraint.path("maxSkew").asLong(0);
            if (skew <= 0) {
                errors.add(FieldError.invalid(each.child("maxSkew"), skew, NOT_POSITIVE));
            }
            if (constraint.path("topologyKey").asString("").isEmpty()) {
                errors.add(FieldError.required(each.child("topologyKey"), "can not be empty"));
            }
            String action = constraint.path("whenUnsatisfiable").asString("");
            if (!UNSATISFIABLE.contains(action)) {
                errors.add(FieldError.notSupported(each.child("whenUnsatisfiable"), action, UNSATISFIABLE));
            }
            if (isRepeated(constraints, i)) {
                errors.add(FieldError.duplicate(each.child("{topologyKey, whenUnsatisfiable}"), kind(constraint)));
            }
            minDomains(constraint.path("minDomains"), action, each.child("minDomains"), errors);
            for (String policy : List.of("nodeAffinityPolicy", "nodeTaintsPolicy")) {
                String value = constraint.path(policy).asString("");
                if (constraint.has(policy) && !NODE_POLICIES.contains(value)) {
                    errors.add(FieldError.notSupported(each.child(policy), value, NODE_POLICIES));
                }
            }
            labelKeys(constraint, each, errors);
            Values.selector(constraint.path("labelSelector"), each.child("labelSelector"), errors);
        }
    }

    private static String kind(JsonNode constraint) {
        return "{%s, %s}"
                .formatted(
                        constraint.path("topologyKey").asString(""),
                        constraint.path("whenUnsatisfiable").asString(""));
    }

    private static boolean isRepeated(JsonNode constraints, int index) {
        for (int i = index + 1; i < constraints.size(); i++) {
            if (kind(constraints.get(i)).equals(kind(constraints.get(index)))) {
                return true;
            }
        }
        return false;
    }

    private static void minDomains(JsonNode domains, String action, FieldPath field, List<FieldError> errors) {
        if (domains.isMissingNode()) {
            return;
        }
        if (domains.asLong(0) <= 0) {
            errors.add(FieldError.invalid(field, domains, NOT_POSITIVE));
        }
        if (!action.equals(HARD)) {
            errors.add(FieldError.invalid(
                    field, domains, "can only use minDomains if whenUnsatisfiable=%s, not %s".formatted(HARD, action)));
        }
    }

    /** Checks {@code matchLabelKeys} and {@code mismatchLabelKeys} of a constraint or of a term of an affinity. */
    static void labelKeys(JsonNode term, FieldPath field, List<FieldError> errors) {
        JsonNode match = term.path("matchLabelKeys");
        JsonNode mismatch = term.path("mismatchLabelKeys");
        JsonNode selector = term.path("labelSelector");
        keys(match, selector, field.child("matchLabelKeys"), errors);
        keys(mismatch, selector, field.child("mismatchLabelKeys"), errors);
        Set<String> selected = new HashSet<>();
        selector.path("matchLabels").properties().forEach(label -> selected.add(label.getKey()));
        for (JsonNode expression : selector.path("matchExpressions")) {
            String key = expression.path("key").asString("");
            int index = lastIndex(match, key);
            if (!selected.add(key) && index >= 0) {
                errors.add(
                        FieldError.invalid(field.index(index), key, "exists in both matchLabelKeys and labelSelector"));
            }
        }
        for (int i = 0; i < match.size(); i++) {
            String key = match.get(i).asString("");
            if (lastIndex(mismatch, key) >= 0) {
                errors.add(FieldError.invalid(
                        field.child("matchLabelKeys").index(i),
                        key,
                        "exists in both matchLabelKeys and mismatchLabelKeys"));
            }
        }
    }

    private static void keys(JsonNode keys, JsonNode selector, FieldPath field, List<FieldError> errors) {
        if (keys.isEmpty()) {
            return;
        }
        if (!selector.isObject()) {
            errors.add(FieldError.forbidden(field, "must not be specified when labelSelector is not set"));
            return;
        }
        int index = 0;
        for (JsonNode key : keys) {
            FieldPath each = field.index(index++);
            Names.qualifiedName(key.asString(""))
                    .forEach(fault -> errors.add(FieldError.invalid(each, key.asString(""), fault)));
        }
    }

    private static int lastIndex(JsonNode keys, String key) {
        for (int i = keys.size() - 1; i >= 0; i--) {
            if (keys.get(i).asString("").equals(key)) {
                return i;
            }
        }
        return -1;
    }
}
