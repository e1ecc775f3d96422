package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Disruption budgets: who wants a node for himself waits until enough of its pods run elsewhere. */
@Isolated
@Order(Integer.MAX_VALUE - 11)
class DisruptionE2E extends ClusterTest {

    private final Kubectl cluster = new Kubectl("default");

    @AfterEach
    void restore() {
        cluster.call("", Map.of(), "uncordon", "node-1", "node-2");
    }

    private String allowed(String budget) {
        return field("pdb/" + budget, ".status.disruptionsAllowed");
    }

    private Kubectl.Result evict(String pod) {
        return kubectl.call(
                "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"%s\"}}".formatted(pod),
                Map.of(),
                "create",
                "--raw",
                "/api/v1/namespaces/%s/pods/%s/eviction".formatted(kubectl.namespace(), pod),
                "-f",
                "-");
    }

    @Test
    void anEvictionTakesADisruptionAndANewPodGivesItBack() {
        deployWeb("kept", 2);
        kubectl.run("create", "pdb", "kept", "--selector=app=kept", "--min-available=1");
        eventually("the budget is counted")
                .untilAsserted(() -> assertThat(allowed("kept")).isEqualTo("1"));
        assertThat(kubectl.run("get", "pdb", "kept"))
                .contains("ALLOWED DISRUPTIONS")
                .containsPattern("kept +1 +N/A +1 ");
        String first = pods("kept").getFirst();
        assertThat(evict(first).exitCode()).isZero();
        eventually("another pod has come, and one may go again").untilAsserted(() -> {
            assertThat(pods("kept")).hasSize(2).doesNotContain(first);
            assertThat(allowed("kept")).isEqualTo("1");
        });
        kubectl.run("patch", "pdb", "kept", "--type=merge", "-p", "{\"spec\":{\"minAvailable\":2}}");
        eventually("all are needed")
                .untilAsserted(() -> assertThat(allowed("kept")).isEqualTo("0"));
        assertThat(evict(pods("kept").getFirst()).error())
                .contains("Cannot evict pod as it would violate the pod's disruption budget.");
        kubectl.run("delete", "deployment,pdb", "kept");
    }

    @Test
    void aDrainWaitsForTheBudget() {
        deployWeb("guarded", 2);
        kubectl.run("create", "pdb", "guarded", "--selector=app=guarded", "--max-unavailable=0");
        eventually("nothing may go").untilAsserted(() -> assertThat(
                        field("pdb/guarded", ".status.conditions[?(@.type==\"DisruptionAllowed\")].status"))
                .isEqualTo("False"));
        String pod = pods("guarded").getFirst();
        String node = field("pod/" + pod, ".spec.nodeName");
        String[] drain = {"drain", node, "--ignore-daemonsets", "--pod-selector=app=guarded", "--timeout=20s"};
        Kubectl.Result refused = cluster.call("", Map.of(), drain);
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.error()).contains("Cannot evict pod as it would violate the pod's disruption budget.");
        assertThat(pods("guarded")).contains(pod);
        kubectl.run("patch", "pdb", "guarded", "--type=merge", "-p", "{\"spec\":{\"maxUnavailable\":1}}");
        drain[4] = "--timeout=100s";
        assertThat(cluster.run(drain)).contains("node/" + node + " drained");
        kubectl.run("rollout", "status", "deployment/guarded", "--timeout=100s");
        eventually("another pod is in its place")
                .untilAsserted(() -> assertThat(pods("guarded")).hasSize(2).doesNotContain(pod));
        kubectl.run("delete", "deployment,pdb", "guarded");
    }
}
