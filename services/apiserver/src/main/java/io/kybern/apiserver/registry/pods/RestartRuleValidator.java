package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Checks when a single container is started again. See <a
 * href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5307-container-restart-policy">KEP-5307</a>.
 */
final class RestartRuleValidator {

    private static final List<String> POLICIES = List.of("Always", "Never", "OnFailure");
    private static final List<String> ACTIONS = List.of("Restart", "RestartAllContainers");
    private static final List<String> OPERATORS = List.of("In", "NotIn");
    private static final int MAX_RULES = 20;
    private static final int MAX_CODES = 255;

    private RestartRuleValidator() {}

    static void validate(JsonNode container, FieldPath field, List<FieldError> errors) {
        String policy = container.path("restartPolicy").asString("");
        JsonNode rules = container.path("restartPolicyRules");
        if (!policy.isEmpty()) {
            Values.oneOf(container, "restartPolicy", field, POLICIES, false, errors);
        } else if (!rules.isEmpty()) {
            errors.add(FieldError.required(
                    field.child("restartPolicy"), "must specify restartPolicy when restart rules are used"));
        }
        FieldPath list = field.child("restartPolicyRules");
        if (rules.size() > MAX_RULES) {
            errors.add(FieldError.tooMany(list, rules.size(), MAX_RULES));
        }
        int index = 0;
        for (JsonNode rule : rules) {
            rule(rule, list.index(index++), errors);
        }
    }

    private static void rule(JsonNode rule, FieldPath field, List<FieldError> errors) {
        String action = rule.path("action").asString("");
        if (!ACTIONS.contains(action)) {
            errors.add(FieldError.notSupported(field.child("action"), action, ACTIONS));
        }
        JsonNode codes = rule.path("exitCodes");
        FieldPath at = field.child("exitCodes");
        if (!codes.isObject()) {
            errors.add(FieldError.required(at, "must be specified"));
            return;
        }
        String operator = codes.path("operator").asString("");
        if (!OPERATORS.contains(operator)) {
            errors.add(FieldError.notSupported(at.child("operator"), operator, OPERATORS));
        }
        JsonNode values = codes.path("values");
        if (values.size() > MAX_CODES) {
            errors.add(FieldError.tooMany(at.child("values"), values.size(), MAX_CODES));
        }
        Set<Long> seen = new HashSet<>();
        int index = 0;
        for (JsonNode value : values) {
            if (!seen.add(value.asLong(0))) {
                errors.add(FieldError.duplicate(at.child("values").index(index), value));
            }
            index++;
        }
    }
}
