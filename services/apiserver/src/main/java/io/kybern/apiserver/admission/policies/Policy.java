package io.kybern.apiserver.admission.policies;

import io.kybern.apiserver.admission.matching.MatchCriteria;
import io.kybern.apiserver.cel.MatchConditions;
import io.kybern.apiserver.cel.PolicyExpressions;
import tools.jackson.databind.JsonNode;

/**
 * What every policy says, compiled.
 *
 * @param name its name
 * @param criteria the requests that it is about
 * @param conditions what narrows them further
 * @param paramKind the kind of its parameters; missing if it has none
 * @param expressions the environments of its own expressions
 * @param failsOpen whether a request goes on when the policy cannot be evaluated
 * @param declared the policy's {@code spec}
 */
record Policy(
        String name,
        MatchCriteria criteria,
        MatchConditions conditions,
        JsonNode paramKind,
        PolicyExpressions expressions,
        boolean failsOpen,
        JsonNode declared) {

    static Policy of(JsonNode object) {
        JsonNode spec = object.path("spec");
        JsonNode paramKind = spec.path("paramKind");
        PolicyExpressions expressions = new PolicyExpressions(paramKind.isObject(), spec.path("variables"));
        String failurePolicy = spec.path("failurePolicy").asString("Fail");
        return new Policy(
                object.path("metadata").path("name").asString(""),
                MatchCriteria.ofPolicy(spec.path("matchConstraints")),
                new MatchConditions(expressions.matchConditions(), spec.path("matchConditions"), failurePolicy),
                paramKind,
                expressions,
                failurePolicy.equals("Ignore"),
                spec);
    }
}
