package io.kybern.apiserver.cel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The {@code matchConditions} of a webhook or a policy, compiled: they decide whether a request that its rules mean is shown to it. See
 * "Matching requests: matchConditions" in "Dynamic Admission Control".
 */
public final class MatchConditions {

    private final List<Condition> conditions = new ArrayList<>();
    private final boolean ignoresFailures;

    private record Condition(String name, String expression, Attempt attempt) {}

    /**
     * What the conditions say of one request.
     *
     * @param verdict whether the request is seen
     * @param detail the first condition that is false, or what failed
     */
    public record Outcome(Verdict verdict, String detail) {}

    /** The three things to say. */
    public enum Verdict {
        /** All conditions hold. */
        MATCH,
        /** One does not, or one failed and that is to be ignored. */
        NO_MATCH,
        /** One failed and none is false: the request is to be refused as forbidden, with the detail. */
        ERROR
    }

    /**
     * Compiles conditions; one that does not compile fails for every request.
     *
     * @param conditions the list of objects with {@code name} and {@code expression}; may be missing
     * @param failurePolicy {@code Ignore} or, as everything else, {@code Fail}
     */
    public MatchConditions(CelCompiler compiler, JsonNode conditions, String failurePolicy) {
        this.ignoresFailures = failurePolicy.equals("Ignore");
        for (JsonNode each : conditions) {
            String expression = each.path("expression").asString("");
            this.conditions.add(
                    new Condition(each.path("name").asString(""), expression, new Attempt(compiler, expression)));
        }
    }

    /** Whether there are none, so that every request matches. */
    public boolean isEmpty() {
        return conditions.isEmpty();
    }

    /** Evaluates them, in their order, with one budget for all. */
    public Outcome evaluate(Map<String, ?> variables) {
        CelBudget budget = CelBudget.perMatchConditions();
        List<String> failures = new ArrayList<>();
        for (Condition each : conditions) {
            try {
                if (Boolean.FALSE.equals(each.attempt().evaluate(variables, budget))) {
                    return new Outcome(Verdict.NO_MATCH, each.name());
                }
            } catch (CelException e) {
                failures.add("expression '%s' resulted in error: %s".formatted(each.expression(), e.text()));
                if (budget.exhausted()) {
                    failures.add(
                            "validation failed due to running out of cost budget, no further validation rules will be"
                                    + " run");
                    break;
                }
            }
        }
        if (failures.isEmpty()) {
            return new Outcome(Verdict.MATCH, "");
        }
        String detail = failures.size() == 1 ? failures.getFirst() : "[" + String.join(", ", failures) + "]";
        return new Outcome(ignoresFailures ? Verdict.NO_MATCH : Verdict.ERROR, detail);
    }
}
