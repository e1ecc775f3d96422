package io.kybern.apiserver.registry.autoscaling;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How fast an autoscaler may change its target: defaults and limits; see "Configurable scaling behavior". */
final class BehaviorRules {

    private static final int PERIOD = 15;
    private static final int PODS = 4;
    private static final int PERCENT = 100;
    private static final int LONGEST_PERIOD = 1800;
    private static final int LONGEST_WINDOW = 3600;
    private static final String SELECT = "selectPolicy";
    private static final String WINDOW = "stabilizationWindowSeconds";
    private static final String POLICIES = "policies";

    private BehaviorRules() {}

    /** Once anything is said of the behaviour, all of it is. */
    static void defaults(ObjectNode spec) {
        if (!(spec.get("behavior") instanceof ObjectNode behavior)) {
            return;
        }
        ObjectNode up = Absent.object(behavior, "scaleUp");
        Absent.number(up, WINDOW, 0);
        Absent.text(up, SELECT, "Max");
        if (!up.has(POLICIES)) {
            ArrayNode policies = up.putArray(POLICIES);
            policy(policies, "Pods", PODS);
            policy(policies, "Percent", PERCENT);
        }
        ObjectNode down = Absent.object(behavior, "scaleDown");
        Absent.text(down, SELECT, "Max");
        if (!down.has(POLICIES)) {
            policy(down.putArray(POLICIES), "Percent", PERCENT);
        }
    }

    private static void policy(ArrayNode policies, String type, int value) {
        policies.addObject().put("type", type).put("value", value).put("periodSeconds", PERIOD);
    }

    static void validate(JsonNode behavior, FieldPath field, List<FieldError> errors) {
        for (String direction : List.of("scaleUp", "scaleDown")) {
            JsonNode rules = behavior.path(direction);
            if (rules.isObject()) {
                rules(rules, field.child(direction), errors);
            }
        }
    }

    private static void rules(JsonNode rules, FieldPath field, List<FieldError> errors) {
        JsonNode window = rules.path(WINDOW);
        if (window.isNumber() && window.asLong() < 0) {
            errors.add(FieldError.invalid(field.child(WINDOW), window, "must be greater than or equal to zero"));
        }
        if (window.isNumber() && window.asLong() > LONGEST_WINDOW) {
            errors.add(
                    FieldError.invalid(field.child(WINDOW), window, "must be less than or equal to " + LONGEST_WINDOW));
        }
        if (rules.has(SELECT)) {
            Values.oneOf(rules, SELECT, field, List.of("Disabled", "Max", "Min"), true, errors);
        }
        if (rules.path(POLICIES).isEmpty()) {
            errors.add(FieldError.required(field.child(POLICIES), "must specify at least one Policy"));
        }
        int index = 0;
        for (JsonNode policy : rules.path(POLICIES)) {
            FieldPath at = field.child(POLICIES).index(index++);
            Values.oneOf(policy, "type", at, List.of("Percent", "Pods"), true, errors);
            if (policy.path("value").asLong(0) <= 0) {
                errors.add(FieldError.invalid(at.child("value"), policy.path("value"), "must be greater than zero"));
            }
            JsonNode period = policy.path("periodSeconds");
            if (period.asLong(0) <= 0) {
                errors.add(FieldError.invalid(at.child("periodSeconds"), period, "must be greater than zero"));
            }
            if (period.asLong(0) > LONGEST_PERIOD) {
                errors.add(FieldError.invalid(
                        at.child("periodSeconds"), period, "must be less than or equal to " + LONGEST_PERIOD));
            }
        }
    }
}
