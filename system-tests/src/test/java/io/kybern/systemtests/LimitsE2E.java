package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What quotas count of pods that are never run, by scope and by resource, and what limit ranges add and refuse. */
class LimitsE2E extends ClusterTest {

    private static final String POD = """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},
             "spec":{"nodeSelector":{"there-is":"none"}%s,"containers":[{"name":"c","image":"i","resources":%s}]}}
            """;

    @BeforeAll
    void quotas() {
        kubectl.apply("""
                apiVersion: v1
                kind: ResourceQuota
                metadata: { name: whole }
                spec: { hard: { pods: "20", requests.cpu: "2", limits.memory: 2Gi, requests.example.com/dongle: "3", requests.ephemeral-storage: 10Gi } }
                ---
                apiVersion: v1
                kind: ResourceQuota
                metadata: { name: best-effort }
                spec: { hard: { pods: "5" }, scopes: [BestEffort] }
                ---
                apiVersion: v1
                kind: ResourceQuota
                metadata: { name: not-best-effort }
                spec: { hard: { pods: "5" }, scopes: [NotBestEffort] }
                ---
                apiVersion: v1
                kind: ResourceQuota
                metadata: { name: terminating }
                spec: { hard: { pods: "5" }, scopes: [Terminating] }
                ---
                apiVersion: v1
                kind: ResourceQuota
                metadata: { name: not-terminating }
                spec: { hard: { pods: "5" }, scopes: [NotTerminating] }
                """);
        for (String name : new String[] {"whole", "best-effort", "not-best-effort", "terminating", "not-terminating"}) {
            eventually("the quota " + name + " to count")
                    .untilAsserted(() -> assertThat(used(name, "pods")).isNotEmpty());
        }
    }

    private String used(String quota, String resource) {
        return field("resourcequota/" + quota, ".status.used." + resource.replace(".", "\\."));
    }

    private void usedBecomes(String quota, String resource, String amount) {
        eventually(quota + " to use " + amount + " " + resource)
                .untilAsserted(() -> assertThat(used(quota, resource)).isEqualTo(amount));
    }

    private Kubectl.Result create(String name, String more, String resources) {
        return kubectl.call(POD.formatted(name, more, resources), Map.of(), "create", "-f", "-");
    }

    @Test
    void everyPodCountsInItsScopesUntilItGoes() {
        String resources = """
                {"requests":{"cpu":"500m","memory":"100Mi","ephemeral-storage":"1Gi","example.com/dongle":"2"},
                 "limits":{"memory":"200Mi","example.com/dongle":"2"}}""";
        create("plain", "", resources).ok();
        create("ends", ",\"activeDeadlineSeconds\":3600", resources.replace("dongle\":\"2", "dongle\":\"1"))
                .ok();

        usedBecomes("whole", "pods", "2");
        usedBecomes("whole", "requests.cpu", "1");
        usedBecomes("whole", "limits.memory", "400Mi");
        usedBecomes("whole", "requests.ephemeral-storage", "2Gi");
        usedBecomes("whole", "requests.example.com/dongle", "3");
        usedBecomes("not-best-effort", "pods", "2");
        usedBecomes("best-effort", "pods", "0");
        usedBecomes("terminating", "pods", "1");
        usedBecomes("not-terminating", "pods", "1");

        Kubectl.Result refused = create("greedy", "", resources);
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.error())
                .contains("is forbidden: exceeded quota: whole, requested: requests.example.com/dongle=2, used:"
                        + " requests.example.com/dongle=3, limited: requests.example.com/dongle=3");

        kubectl.run("delete", "pod", "plain", "ends", "--grace-period=0", "--force");
        usedBecomes("whole", "requests.example.com/dongle", "0");
        usedBecomes("terminating", "pods", "0");
        usedBecomes("not-terminating", "pods", "0");
    }

    @Test
    void aLimitRangeFillsInAndRefusesAlsoAfterItChanged() {
        Kubectl other = new Kubectl(kubectl.namespace() + "-ranges");
        other.run("create", "namespace", other.namespace());
        try {
            other.apply("""
                    apiVersion: v1
                    kind: LimitRange
                    metadata: { name: range }
                    spec:
                      limits:
                      - type: Container
                        default: { cpu: 300m, memory: 200Mi }
                        defaultRequest: { cpu: 100m }
                        min: { cpu: 50m }
                        max: { cpu: "1" }
                        maxLimitRequestRatio: { cpu: "4" }
                    """);
            eventually("the service account").untilAsserted(() -> other.run("get", "serviceaccount", "default"));
            eventually("the range to count")
                    .untilAsserted(
                            () -> assertThat(made(other, "{}"))
                                    .isEqualTo(
                                            "{\"limits\":{\"cpu\":\"300m\",\"memory\":\"200Mi\"},\"requests\":{\"cpu\":\"100m\",\"memory\":\"200Mi\"}}"));
            assertThat(made(other, "{\"requests\":{\"cpu\":\"150m\"}}")).contains("\"requests\":{\"cpu\":\"150m\"");
            assertThat(refused(other, "{\"requests\":{\"cpu\":\"10m\"}}"))
                    .contains("minimum cpu usage per Container is 50m, but request is 10m");
            assertThat(refused(other, "{\"limits\":{\"cpu\":\"2\"}}"))
                    .contains("maximum cpu usage per Container is 1, but limit is 2");

            other.run(
                    "patch",
                    "limitrange",
                    "range",
                    "--type=json",
                    "-p",
                    "[{\"op\":\"replace\",\"path\":\"/spec/limits/0/max/cpu\",\"value\":\"3\"}]");

            eventually("the new bound to count").untilAsserted(() -> assertThat(
                            made(other, "{\"requests\":{\"cpu\":\"1\"},\"limits\":{\"cpu\":\"2\"}}"))
                    .contains("\"cpu\":\"2\""));
        } finally {
            other.run("delete", "namespace", other.namespace(), "--wait=false");
        }
    }

    private static Kubectl.Result tried(Kubectl there, String resources) {
        return there.call(
                POD.formatted("p", "", resources),
                Map.of(),
                "create",
                "--dry-run=server",
                "-o",
                "jsonpath={.spec.containers[0].resources}",
                "-f",
                "-");
    }

    private static String made(Kubectl there, String resources) {
        return tried(there, resources).ok();
    }

    private static String refused(Kubectl there, String resources) {
        Kubectl.Result result = tried(there, resources);
        assertThat(result.exitCode()).isNotZero();
        return result.error();
    }
}
