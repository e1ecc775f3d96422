package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of patches that make something of an object that it cannot be. */
@Timeout(60)
class PatchReaderTest {

    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/patches/deployments";
    private static final String STRATEGIC = "application/strategic-merge-patch+json";

    private static WritesUnderTest server;

    @BeforeAll
    static void start() {
        server = new WritesUnderTest();
        server.create(
                "/api/v1/namespaces",
                "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"patches\"}}");
        server.create(DEPLOYMENTS, """
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
             "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}},
               "spec": {"containers": [{"name": "c", "image": "i"}]}}}}
            """);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String message(String type, String query, String patch) {
        return server.send("PATCH", DEPLOYMENTS + "/d" + query, type, patch)
                .body()
                .path("message")
                .asString();
    }

    @Test
    void faultsOfStrategicPatchesShowThePatch() {
        assertThat(message(STRATEGIC, "", "{\"spec\":{\"replicas\":\"x\"}}"))
                .endsWith("patch: Invalid value: \"map[spec:map[replicas:x]]\": unrecognized type: int32");
        assertThat(message(STRATEGIC, "", "{\"metadata\":{\"labels\":{\"n\":5}}}"))
                .contains("patch: Invalid value: \"map[metadata:map[labels:map[n:5]]]\": ");
        assertThat(message(STRATEGIC, "?fieldValidation=Strict", "{\"spec\":{\"foo\":1}}"))
                .endsWith(
                        "patch: Invalid value: \"map[spec:map[foo:1]]\": strict decoding error: unknown field \"spec.foo\"");
    }

    @Test
    void faultsOfOtherPatchesShowWhatCameOut() {
        assertThat(message("application/merge-patch+json", "", "{\"spec\":{\"replicas\":\"x\"}}"))
                .contains("patch: Invalid value: \"{\\\"apiVersion\\\":")
                .endsWith(
                        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32");
    }
}
