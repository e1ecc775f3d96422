package io.kybern.apiserver.admission.policies;

import io.kybern.apiserver.cel.CelBudget;
import io.kybern.apiserver.cel.CelCompiler;
import io.kybern.apiserver.cel.CelException;
import io.kybern.apiserver.cel.CelValues;
import io.kybern.apiserver.cel.MatchConditions;
import io.kybern.apiserver.cel.PolicyExpressions.Expression;
import io.kybern.schema.JsonPatch;
import io.kybern.schema.PatchException;
import io.kybern.schema.Schema;
import io.kybern.schema.apply.ConfigurationMerge;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A MutatingAdmissionPolicy, compiled; see "Mutating Admission Policy" in the Kubernetes documentation. */
final class MutatingPolicy {

    private final Policy policy;
    private final List<Mutation> mutations = new ArrayList<>();
    private final boolean reinvocable;

    /**
     * One mutation.
     *
     * @param applies whether it makes a configuration rather than a patch
     * @param expression what makes it
     */
    record Mutation(boolean applies, String declared, Expression expression) {}

    MutatingPolicy(JsonNode object) {
        this.policy = Policy.of(object);
        this.reinvocable =
                policy.declared().path("reinvocationPolicy").asString("").equals("IfNeeded");
        CelCompiler compiler = policy.expressions().mutations();
        for (JsonNode each : policy.declared().path("mutations")) {
            boolean applies = each.path("patchType").asString("").equals("ApplyConfiguration");
            String declared = each.path(applies ? "applyConfiguration" : "jsonPatch")
                    .path("expression")
                    .asString("");
            mutations.add(new Mutation(
                    applies, declared, applies ? compiler.configuration(declared) : compiler.patch(declared)));
        }
    }

    Policy policy() {
        return policy;
    }

    List<Mutation> mutations() {
        return mutations;
    }

    /** Whether it wants to look again when the object changed after it. */
    boolean reinvocable() {
        return reinvocable;
    }

    /**
     * Whether the request is one of those that the conditions leave.
     *
     * @throws ConfigurationFault if that cannot be said
     */
    boolean applies(Map<String, Object> request, @Nullable JsonNode param) throws ConfigurationFault {
        Map<String, Object> values = new HashMap<>(request);
        values.put("params", CelValues.of(param));
        MatchConditions.Outcome outcome = policy.conditions().evaluate(values);
        return switch (outcome.verdict()) {
            case MATCH -> true;
            case NO_MATCH -> false;
            case ERROR -> throw ConfigurationFault.of(outcome.detail());
        };
    }

    /**
     * The object as a mutation leaves it.
     *
     * @param request what expressions see
     * @param schema of the object; null if there is none
     * @throws ConfigurationFault if the mutation fails
     */
    ObjectNode mutate(
            Mutation mutation,
            ObjectNode object,
            Map<String, Object> request,
            @Nullable JsonNode param,
            @Nullable Schema schema)
            throws ConfigurationFault {
        CelBudget budget = CelBudget.perObject();
        Map<String, Object> values = policy.expressions().bind(request, param, budget);
        try {
            JsonNode made = CelValues.toJson(mutation.expression().evaluate(values, budget));
            return mutation.applies() ? applied(object, made, schema) : patched(object, made);
        } catch (CelException e) {
            throw ConfigurationFault.of(
                    e.kind() == CelException.Kind.EVALUATION
                            ? "expression '%s' resulted in error: %s".formatted(mutation.declared(), e.text())
                            : e.text());
        }
    }

    private static ObjectNode applied(ObjectNode object, JsonNode made, @Nullable Schema schema)
            throws ConfigurationFault {
        if (!(made instanceof ObjectNode config)) {
            throw ConfigurationFault.of("unsupported return type from ApplyConfiguration expression");
        }
        List<String> faults = schema == null ? List.of() : ConfigurationMerge.faults(config, schema);
        if (!faults.isEmpty()) {
            throw ConfigurationFault.of("error applying patch: failed to convert patch object to typed object: "
                    + String.join("; ", faults));
        }
        List<String> wholes = ConfigurationMerge.wholes(config, schema);
        if (!wholes.isEmpty()) {
            throw ConfigurationFault.of(
                    "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
                            + String.join(", ", wholes));
        }
        return ConfigurationMerge.merge(object, config, schema);
    }

    private static ObjectNode patched(ObjectNode object, JsonNode patch) throws ConfigurationFault {
        try {
            if (JsonPatch.apply(object, patch) instanceof ObjectNode changed) {
                return changed;
            }
            throw ConfigurationFault.of("JSON Patch: the patch leaves no object");
        } catch (PatchException e) {
            throw ConfigurationFault.of("JSON Patch: " + e.getMessage());
        }
    }
}
