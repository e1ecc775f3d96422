package io.kybern.apiserver.registry.policy;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** PodDisruptionBudgets. */
public final class DisruptionBudgetStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> POLICIES = List.of("AlwaysAllow", "IfHealthyBudget");
    private static final List<String> COUNTS =
            List.of("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods");

    /** The budgets of the API. */
    public DisruptionBudgetStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void initialStatus(ObjectNode budget) {
        ObjectNode status = budget.putObject("status");
        COUNTS.forEach(count -> status.put(count, 0));
    }

    @Override
    protected void validate(ObjectNode budget, List<FieldError> errors) {
        JsonNode spec = budget.path("spec");
        if (spec.has("minAvailable") && spec.has("maxUnavailable")) {
            errors.add(FieldError.invalid(SPEC, spec, "minAvailable and maxUnavailable cannot be both set"));
        }
        for (String bound : List.of("minAvailable", "maxUnavailable")) {
            if (spec.has(bound)) {
                Values.numberOrPercent(spec.path(bound), SPEC.child(bound), errors);
                Values.notAboveAll(spec.path(bound), SPEC.child(bound), errors);
            }
        }
        if (spec.has("selector")) {
            Values.selector(spec.path("selector"), SPEC.child("selector"), errors);
        }
        if (spec.has("unhealthyPodEvictionPolicy")) {
            Values.oneOf(spec, "unhealthyPodEvictionPolicy", SPEC, POLICIES, false, errors);
        }
    }

    @Override
    protected void validateStatus(ObjectNode budget, ObjectNode old, List<FieldError> errors) {
        JsonNode status = budget.path("status");
        COUNTS.forEach(count -> Values.notNegative(status, count, FieldPath.of("status"), errors));
    }
}
