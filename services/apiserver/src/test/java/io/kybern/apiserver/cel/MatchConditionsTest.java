package io.kybern.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.Decision;
import io.kybern.apiserver.cel.MatchConditions.Verdict;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MatchConditionsTest {

    private static Map<String, Object> request() {
        ResourceType pods = ResourceRegistry.builtIn().require("", "v1", "pods");
        ObjectNode pod = (ObjectNode) Json.read("{\"metadata\": {\"name\": \"p\"}, \"spec\": {\"nodeName\": \"n\"}}");
        return AdmissionVariables.of(
                new RequestFacts(
                        pods.gvk(),
                        pods.gvr(),
                        pods.gvk(),
                        pods.gvr(),
                        "",
                        "default",
                        "p",
                        "CREATE",
                        UserInfo.of("ann", List.of("dev")),
                        false,
                        null),
                pod,
                null,
                asked -> asked.resource().equals("pods") && asked.namespace().equals("default")
                        ? Decision.allow("")
                        : Decision.noOpinion());
    }

    private static MatchConditions.Outcome evaluate(String failurePolicy, String... expressions) {
        var conditions = Json.array();
        for (String each : expressions) {
            conditions.addObject().put("name", "c" + conditions.size()).put("expression", each);
        }
        return new MatchConditions(AdmissionEnvironment.matchConditions(), conditions, failurePolicy)
                .evaluate(request());
    }

    @Test
    void matchesWhenAllHold() {
        assertThat(evaluate(
                                "Fail",
                                "object.spec.nodeName == 'n' && oldObject == null",
                                "request.operation == 'CREATE' && request.kind.kind == 'Pod' &&"
                                        + " request.resource.resource == 'pods'",
                                "request.userInfo.username == 'ann' && 'dev' in request.userInfo.groups &&"
                                        + " !request.dryRun",
                                "request.namespace == 'default' && request.name == 'p' && !has(request.subResource)",
                                "authorizer.requestResource.check('breakglass').allowed()",
                                "namespaceObject == null")
                        .verdict())
                .isEqualTo(Verdict.MATCH);
    }

    @Test
    void oneThatIsFalseOutweighsOneThatFails() {
        assertThat(evaluate("Fail", "object.spec.missing == 1", "false"))
                .isEqualTo(new MatchConditions.Outcome(Verdict.NO_MATCH, "c2"));
    }

    @Test
    void oneThatFailsGoesByTheFailurePolicy() {
        assertThat(evaluate("Fail", "object.spec.missing == 1"))
                .isEqualTo(new MatchConditions.Outcome(
                        Verdict.ERROR,
                        "expression 'object.spec.missing == 1' resulted in error: no such key: missing"));
        assertThat(evaluate("Ignore", "object.spec.missing == 1").verdict()).isEqualTo(Verdict.NO_MATCH);
    }

    @Test
    void knowsTheFieldsOfRequests() {
        assertThat(evaluate("Fail", "request.foo == 1").detail()).contains("undefined field 'foo'");
    }
}
