package io.kybern.apiserver.admission.policies;

import io.kybern.apiserver.admission.matching.MatchCriteria;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What puts a policy to use.
 *
 * @param name its name
 * @param policy the name of the policy
 * @param criteria the requests, of those of the policy, that it is put to use for
 * @param paramRef which parameters it is given; missing if none
 * @param actions what follows when a validation fails
 */
record Binding(String name, String policy, MatchCriteria criteria, JsonNode paramRef, List<String> actions) {

    Binding {
        actions = List.copyOf(actions);
    }

    static Binding of(JsonNode object) {
        JsonNode spec = object.path("spec");
        List<String> actions = new ArrayList<>();
        spec.path("validationActions").forEach(each -> actions.add(each.asString("")));
        return new Binding(
                object.path("metadata").path("name").asString(""),
                spec.path("policyName").asString(""),
                MatchCriteria.ofPolicy(spec.path("matchResources")),
                spec.path("paramRef"),
                actions);
    }
}
