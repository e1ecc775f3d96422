package io.kybern.apiserver.registry.admission;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What {@code status.typeChecking} says of policies. */
@Timeout(60)
class PolicyTypeCheckerTest {

    private static final String PATH = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";

    private static WritesUnderTest api;

    @BeforeAll
    static void start() {
        api = new WritesUnderTest();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static JsonNode create(String name, String resources, String more) {
        return made(api.create(PATH, """
                        {"metadata": {"name": "%s"}, "spec": {"matchConstraints": {"resourceRules": [{"operations": ["*"],
                         "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": %s}]}, %s}}""".formatted(name, resources, more)))
                .body()
                .path("status");
    }

    private static String validation(String expression) {
        return "\"validations\": [{\"expression\": \"%s\"}]".formatted(expression);
    }

    @Test
    void warnsOfFieldsThatTheObjectsDoNotHave() {
        JsonNode status = create("no-field", "[\"deployments\", \"statefulsets\"]", validation("object.replicas > 1"));

        JsonNode warning = status.at("/typeChecking/expressionWarnings/0");
        assertThat(warning.path("fieldRef").asString()).isEqualTo("spec.validations[0].expression");
        assertThat(warning.path("warning").asString())
                .startsWith(
                        "apps/v1, Kind=Deployment: compilation failed: ERROR: <input>:1:7: undefined field 'replicas'")
                .contains("\napps/v1, Kind=StatefulSet: compilation failed");
        assertThat(status.path("observedGeneration").asLong()).isEqualTo(1);
    }

    @Test
    void warnsOfTypesThatDoNotFit() {
        JsonNode status = create("no-fit", "[\"deployments\"]", validation("object.spec.replicas == 'many'"));

        assertThat(status.at("/typeChecking/expressionWarnings/0/warning").asString())
                .contains("found no matching overload for '_==_'");
    }

    @Test
    void saysNothingOfWhatFits() {
        JsonNode status = create("fits", "[\"deployments\"]", """
                "variables": [{"name": "containers", "expression": "object.spec.template.spec.containers"}],
                "validations": [{"expression": "variables.containers.all(c, has(c.image) && c.image.startsWith('a/'))",
                 "messageExpression": "'not ' + object.metadata.name"}]""");

        assertThat(status.path("typeChecking").toString()).isEqualTo("{}");
    }

    @Test
    void looksAgainWhenThePolicyChanges() {
        create("changes", "[\"deployments\"]", validation("object.spec.replicas > 1"));

        JsonNode changed = made(api.merge(PATH + "/changes", "{\"spec\": {" + validation("object.oops > 1") + "}}"))
                .body();
        assertThat(changed.at("/status/observedGeneration").asLong()).isEqualTo(2);
        assertThat(changed.at("/status/typeChecking/expressionWarnings")).hasSize(1);

        JsonNode labelled = made(api.merge(PATH + "/changes", "{\"metadata\": {\"labels\": {\"a\": \"b\"}}}"))
                .body();
        assertThat(labelled.path("status")).isEqualTo(changed.path("status"));
    }

    @Test
    void doesNotGuessWhatAWildcardMeans() {
        JsonNode status = create("wildcard", "[\"*\"]", validation("object.oops > 1"));

        assertThat(status.path("typeChecking").toString()).isEqualTo("{}");
    }
}
