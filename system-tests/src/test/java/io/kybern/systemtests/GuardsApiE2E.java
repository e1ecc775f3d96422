package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The API of what holds users back: quotas, ranges of limits, flow schemas and priority levels. */
class GuardsApiE2E extends ClusterTest {

    private static final String FLOWS = "/apis/flowcontrol.apiserver.k8s.io/v1";

    private ClusterApi api;

    @BeforeAll
    void open() {
        api = ClusterApi.open(kubectl);
    }

    @AfterAll
    void close() {
        for (String kind : List.of("flowschema", "prioritylevelconfiguration")) {
            kubectl.call("", Map.of(), "delete", kind, "-l", "of=" + kubectl.namespace());
        }
        api.close();
    }

    private String selected() {
        return "?labelSelector=of%3D" + kubectl.namespace();
    }

    private String in(String resource) {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/" + resource;
    }

    private String used(String resource) {
        return field("quota/kinds", ".status.used." + resource.replace(".", "\\."));
    }

    private void becomes(String resource, int amount) {
        eventually(resource + " to be " + amount)
                .untilAsserted(() -> assertThat(used(resource)).isEqualTo(Integer.toString(amount)));
    }

    @Test
    void everyKindIsCountedAndGivenBack() {
        Map<String, String> objects = Map.of(
                "secrets", "{ apiVersion: v1, kind: Secret, metadata: { name: counted } }",
                "services",
                        "{ apiVersion: v1, kind: Service, metadata: { name: counted }, spec: { ports: [{ port: 80 }] } }",
                "replicationcontrollers",
                        "{ apiVersion: v1, kind: ReplicationController, metadata: { name: counted }, spec: { replicas: 0, selector: { a: b },"
                                + " template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c, image: i }] } } } }",
                "count/replicasets.apps",
                        "{ apiVersion: apps/v1, kind: ReplicaSet, metadata: { name: counted }, spec: { replicas: 0, selector: { matchLabels: { a: b } },"
                                + " template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c, image: i }] } } } }",
                "persistentvolumeclaims",
                        "{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: counted }, spec: { storageClassName: none-of-mine,"
                                + " accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } }");
        kubectl.apply("""
                apiVersion: v1
                kind: ResourceQuota
                metadata: { name: kinds }
                spec: { hard: { secrets: "1", services: "1", replicationcontrollers: "1", count/replicasets.apps: "1",
                                persistentvolumeclaims: "1", requests.storage: 10Gi, configmaps: "2" } }
                """);
        // every namespace has one
        becomes("configmaps", 1);
        for (String each : objects.keySet()) {
            becomes(each, 0);
        }

        // what begins with a brace is JSON for kubectl
        kubectl.apply("---\n" + String.join("\n---\n", objects.values()));

        for (String each : objects.keySet()) {
            becomes(each, 1);
        }
        assertThat(used("requests.storage")).isEqualTo("1Gi");
        kubectl.run("create", "configmap", "counted");
        becomes("configmaps", 2);
        assertThat(kubectl.refused("create", "configmap", "another")).contains("exceeded quota: kinds");
        assertThat(kubectl.refused("create", "secret", "generic", "another"))
                .contains("exceeded quota: kinds, requested: secrets=1, used: secrets=1, limited: secrets=1");
        kubectl.run(
                "delete",
                "secret/counted",
                "service/counted",
                "replicationcontroller/counted",
                "replicaset/counted",
                "persistentvolumeclaim/counted",
                "configmap/counted");
        becomes("configmaps", 1);
        for (String each : objects.keySet()) {
            becomes(each, 0);
        }
        kubectl.run("delete", "quota", "kinds");
    }

    @Test
    void quotasLive() {
        String quota = in("resourcequotas/living");
        api.post(
                        in("resourcequotas"),
                        "{ metadata: { name: living, labels: { of: %s } }, spec: { hard: { count/leases.coordination.k8s.io: 500 } } }"
                                .formatted(kubectl.namespace()))
                .ok();
        assertThat(api.get("/api/v1/resourcequotas" + selected()).names()).containsExactly("living");
        assertThat(api.patch(
                                quota,
                                ClusterApi.MERGE,
                                "{\"spec\":{\"hard\":{\"count/leases.coordination.k8s.io\":\"400\"}}}")
                        .ok()
                        .at("/spec/hard/count~1leases.coordination.k8s.io"))
                .isEqualTo("400");
        assertThat(api.patch(
                                quota + "/status",
                                ClusterApi.MERGE,
                                "{\"status\":{\"hard\":{\"count/leases.coordination.k8s.io\":\"399\"}}}")
                        .ok()
                        .at("/status/hard/count~1leases.coordination.k8s.io"))
                .isEqualTo("399");
        eventually("the status to say again what the spec says").untilAsserted(() -> assertThat(
                        api.get(quota + "/status").ok().at("/status/hard/count~1leases.coordination.k8s.io"))
                .isEqualTo("400"));
        api.delete(in("resourcequotas") + selected()).ok();
        assertThat(api.get("/api/v1/resourcequotas" + selected()).names()).isEmpty();
    }

    @Test
    void rangesOfLimitsLive() {
        String range = in("limitranges/living");
        // of a kind that no other test of this class makes
        Answer made = api.post(
                        in("limitranges"),
                        "{ metadata: { name: living, labels: { of: %s } }, spec: { limits: [{ type: PersistentVolumeClaim, max: { storage: 2Ti } }] } }"
                                .formatted(kubectl.namespace()))
                .ok();
        try (EventWatch watch =
                EventWatch.from(api, in("limitranges") + selected(), made.at("/metadata/resourceVersion"))) {
            assertThat(api.get("/api/v1/limitranges" + selected()).names()).containsExactly("living");
            assertThat(api.patch(
                                    range,
                                    ClusterApi.STRATEGIC,
                                    "{\"spec\":{\"limits\":[{\"type\":\"PersistentVolumeClaim\",\"max\":{\"storage\":\"3Ti\"}}]}}")
                            .ok()
                            .at("/spec/limits/0/max/storage"))
                    .isEqualTo("3Ti");
            api.delete(in("limitranges") + selected()).ok();
            assertThat(api.get(range).code()).isEqualTo(404);
            eventually("the watch to tell of it")
                    .untilAsserted(() -> assertThat(watch.told()).containsExactly("MODIFIED living", "DELETED living"));
        }
    }

    @Test
    void theResourcesOfAPodStay() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: fixed }
                spec:
                  nodeSelector: { there-is: none }
                  containers: [{ name: c, image: i, resources: { requests: { cpu: 10m } } }]
                """);

        assertThat(
                        kubectl.refused(
                                "patch",
                                "pod",
                                "fixed",
                                "-p",
                                "{\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"20m\"}}}]}}"))
                .contains("pod updates may not change fields other than");
        kubectl.run("delete", "pod", "fixed", "--grace-period=0", "--force");
    }

    @Test
    void flowSchemasLive() {
        lives("flowschemas", """
                { metadata: { name: %1$s-a, labels: { of: %1$s } },
                  spec: { matchingPrecedence: 9000, priorityLevelConfiguration: { name: global-default },
                          rules: [{ subjects: [{ kind: User, user: { name: nobody-at-all } }],
                                    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["/none-of-these"] }] }] } }
                """, "{\"spec\":{\"matchingPrecedence\":9001}}", "/spec/matchingPrecedence", "9001");
    }

    @Test
    void priorityLevelsLive() {
        lives(
                "prioritylevelconfigurations",
                """
                { metadata: { name: %1$s-a, labels: { of: %1$s } },
                  spec: { type: Limited, limited: { nominalConcurrencyShares: 1, limitResponse: { type: Reject } } } }
                """,
                "{\"spec\":{\"limited\":{\"nominalConcurrencyShares\":2}}}",
                "/spec/limited/nominalConcurrencyShares",
                "2");
    }

    private void lives(String resource, String object, String patch, String where, String patched) {
        String all = FLOWS + "/" + resource;
        String one = all + "/" + kubectl.namespace() + "-a";
        Answer made = api.post(all, object.formatted(kubectl.namespace())).ok();
        try (EventWatch watch = EventWatch.from(api, all + selected(), made.at("/metadata/resourceVersion"))) {
            assertThat(api.get(all + selected()).names()).containsExactly(kubectl.namespace() + "-a");
            assertThat(api.patch(one, ClusterApi.MERGE, patch)
                            .ok()
                            .body()
                            .at(where)
                            .asString())
                    .isEqualTo(patched);
            eventually("an update that nobody overtakes").untilAsserted(() -> {
                JsonNode present = api.get(one).ok().body();
                ((ObjectNode) present.path("metadata")).putObject("annotations").put("updated", "yes");
                assertThat(api.put(one, present).code()).isEqualTo(200);
            });
            assertThat(api.patch(
                                    one + "/status",
                                    ClusterApi.MERGE,
                                    "{\"status\":{\"conditions\":[{\"type\":\"Patched\",\"status\":\"True\",\"reason\":\"Test\",\"message\":\"by a test\"}]}}")
                            .ok()
                            .at("/status/conditions/0/type"))
                    .isEqualTo("Patched");
            eventually("an update of the status that nobody overtakes").untilAsserted(() -> {
                JsonNode present = api.get(one + "/status").ok().body();
                ObjectNode condition = ((ObjectNode) present.path("status"))
                        .putArray("conditions")
                        .addObject();
                condition
                        .put("type", "Updated")
                        .put("status", "True")
                        .put("reason", "Test")
                        .put("message", "again");
                Answer answer = api.put(one + "/status", present);
                assertThat(answer.code()).isEqualTo(200);
                assertThat(answer.at("/status/conditions/0/type")).isEqualTo("Updated");
            });
            api.delete(all + selected()).ok();
            assertThat(api.get(one).code()).isEqualTo(404);
            eventually("the watch to tell of it").untilAsserted(() -> assertThat(watch.told())
                    .contains("MODIFIED " + kubectl.namespace() + "-a")
                    .endsWith("DELETED " + kubectl.namespace() + "-a"));
        }
    }
}
