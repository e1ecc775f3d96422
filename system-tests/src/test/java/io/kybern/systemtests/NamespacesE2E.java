package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The life of namespaces: what they say, what is asked of them, and how they go with what is in them. */
class NamespacesE2E extends ApiTest {

    @AfterAll
    void removeWhatIsNotInTheNamespace() {
        for (String each : List.of("labels", "status", "finalize", "content", "order")) {
            api.delete(path(each));
        }
    }

    private String name(String suffix) {
        return kubectl.namespace() + "-" + suffix;
    }

    private String path(String suffix) {
        return "/api/v1/namespaces/" + name(suffix);
    }

    private Answer create(String suffix) {
        return api.post("/api/v1/namespaces", "metadata: { name: %s }".formatted(name(suffix)))
                .ok();
    }

    private void gone(String path) {
        eventually(path + " is gone").until(() -> api.get(path).code() == 404);
    }

    @Test
    void labelsArePatchedAndReplaced() {
        create("labels");
        Answer patched = api.patch(
                path("labels"), ClusterApi.STRATEGIC, "{\"metadata\":{\"labels\":{\"testLabel\":\"testValue\"}}}");
        assertThat(patched.at("/metadata/labels/testLabel")).isEqualTo("testValue");
        assertThat(patched.at("/metadata/labels/kubernetes.io~1metadata.name")).isEqualTo(name("labels"));

        ObjectNode replaced = (ObjectNode) patched.body();
        replaced.withObject("/metadata/labels").put("updated", "yes");
        assertThat(api.put(path("labels"), replaced).ok().at("/metadata/labels/updated"))
                .isEqualTo("yes");
        assertThat(api.get("/api/v1/namespaces?labelSelector=updated%3Dyes").names())
                .contains(name("labels"));
    }

    @Test
    void theStatusIsReadPatchedAndReplaced() {
        create("status");
        assertThat(api.get(path("status") + "/status").ok().at("/status/phase")).isEqualTo("Active");
        Answer patched = api.patch(
                path("status") + "/status",
                ClusterApi.MERGE,
                "{\"metadata\":{\"annotations\":{\"e2e\":\"patched\"}},\"status\":{\"conditions\":[{\"type\":\"StatusPatch\","
                        + "\"status\":\"True\",\"reason\":\"E2E\",\"message\":\"Patched by a test\"}]}}");
        assertThat(patched.ok().at("/metadata/annotations/e2e")).isEqualTo("patched");
        assertThat(patched.at("/status/conditions/0/type")).isEqualTo("StatusPatch");

        ObjectNode replaced = (ObjectNode) api.get(path("status")).ok().body();
        replaced.withArray("/status/conditions")
                .addObject()
                .put("type", "StatusUpdate")
                .put("status", "True")
                .put("reason", "E2E")
                .put("message", "Updated by a test");
        JsonNode conditions =
                api.put(path("status") + "/status", replaced).ok().body().at("/status/conditions");
        assertThat(conditions.findValuesAsString("type")).containsExactly("StatusPatch", "StatusUpdate");
    }

    @Test
    void finalizersAreSetByFinalizeAlone() {
        create("finalize");
        ObjectNode wanted = (ObjectNode) api.get(path("finalize")).ok().body();
        wanted.withArray("/spec/finalizers").add("e2e.example.com/fake");

        assertThat(api.put(path("finalize"), wanted).ok().body().at("/spec/finalizers"))
                .hasSize(1);
        wanted = (ObjectNode) api.get(path("finalize")).ok().body();
        wanted.withArray("/spec/finalizers").add("e2e.example.com/fake");
        assertThat(api.put(path("finalize") + "/finalize", wanted).ok().body().at("/spec/finalizers"))
                .hasSize(2);

        wanted = (ObjectNode) api.get(path("finalize")).ok().body();
        wanted.withArray("/spec/finalizers").removeAll().add("kubernetes");
        assertThat(api.put(path("finalize") + "/finalize", wanted).ok().body().at("/spec/finalizers"))
                .hasSize(1);
        wanted = (ObjectNode) api.get(path("finalize")).ok().body();
        wanted.withArray("/spec/finalizers").add("unqualified");
        assertThat(api.put(path("finalize") + "/finalize", wanted).at("/message"))
                .contains(
                        "spec.finalizers[1]: Invalid value: \"unqualified\": name is neither a standard finalizer name nor"
                                + " is it fully qualified");
    }

    @Test
    void podsAndServicesGoWithTheirNamespaceAndDoNotComeBackWithItsName() {
        create("content");
        eventually("its service account is there")
                .until(() ->
                        api.get(path("content") + "/serviceaccounts/default").code() == 200);
        api.post(path("content") + "/pods", """
                        metadata: { name: runs }
                        spec:
                          terminationGracePeriodSeconds: 1
                          containers: [{ name: c, image: %s, imagePullPolicy: IfNotPresent, command: [sleep, "1000"] }]
                        """.formatted(IMAGE)).ok();
        api.post(path("content") + "/services", """
                        metadata: { name: serves }
                        spec: { selector: { foo: bar }, ports: [{ port: 80 }] }
                        """).ok();
        eventually("the pod runs").until(() -> api.get(path("content") + "/pods/runs")
                .at("/status/phase")
                .equals("Running"));
        assertThat(api.delete(path("content")).ok().at("/status/phase")).isEqualTo("Terminating");
        gone(path("content"));

        create("content");
        assertThat(api.get(path("content") + "/pods").names()).isEmpty();
        assertThat(api.get(path("content") + "/services").names()).isEmpty();
    }

    @Test
    void podsGoBeforeEverythingElse() {
        create("order");
        String pod = path("order") + "/pods/first";
        String map = path("order") + "/configmaps/second";
        eventually("its service account is there")
                .until(() -> api.get(path("order") + "/serviceaccounts/default").code() == 200);
        api.post(path("order") + "/pods", """
                        metadata: { name: first, finalizers: [e2e.example.com/finalizer] }
                        spec:
                          terminationGracePeriodSeconds: 0
                          containers: [{ name: c, image: %s, imagePullPolicy: IfNotPresent, command: [sleep, "1000"] }]
                        """.formatted(IMAGE)).ok();
        api.post(path("order") + "/configmaps", "metadata: { name: second, finalizers: [e2e.example.com/finalizer] }")
                .ok();
        api.delete(path("order")).ok();
        eventually("the pod is asked to go")
                .until(() -> !api.get(pod).at("/metadata/deletionTimestamp").isEmpty());
        eventually("the namespace says what it waits for").until(() -> api.get(path("order"))
                .body()
                .at("/status/conditions")
                .findValuesAsString("type")
                .contains("NamespaceFinalizersRemaining"));
        assertThat(api.get(map).ok().at("/metadata/deletionTimestamp"))
                .as("the ConfigMap stays as long as the pod does")
                .isEmpty();

        api.patch(pod, ClusterApi.MERGE, "{\"metadata\":{\"finalizers\":null}}").ok();
        eventually("the ConfigMap is asked to go")
                .until(() -> !api.get(map).at("/metadata/deletionTimestamp").isEmpty());
        api.patch(map, ClusterApi.MERGE, "{\"metadata\":{\"finalizers\":null}}").ok();
        gone(path("order"));
    }
}
