package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What kubectl does with objects alone. */
class ApiE2E extends ClusterTest {

    private static final List<Integer> HEALTH_PORTS =
            List.of(9443, 10259, 10271, 10272, 10273, 10274, 10275, 10276, 10277);

    @Test
    void bothNodesAreReady() {
        eventually("all nodes are ready").untilAsserted(() -> assertThat(new Kubectl("default")
                        .run("get", "nodes", "--no-headers")
                        .lines())
                .hasSizeGreaterThanOrEqualTo(2)
                .allSatisfy(node -> assertThat(node).contains(" Ready ")));
    }

    @Test
    void applyingTwiceChangesNothing() {
        String manifest = """
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: settings, labels: { tier: a } }
                data: { color: red }
                """;
        assertThat(kubectl.apply(manifest)).isEqualTo("configmap/settings created");
        assertThat(kubectl.apply(manifest)).isEqualTo("configmap/settings unchanged");
        assertThat(kubectl.apply(manifest.replace("red", "blue"))).isEqualTo("configmap/settings configured");
        assertThat(field("configmap/settings", ".data.color")).isEqualTo("blue");
    }

    @Test
    void patchesOfThreeKinds() {
        kubectl.run("create", "configmap", "patched", "--from-literal=a=1");
        kubectl.run("patch", "configmap", "patched", "--type=merge", "-p", "{\"data\":{\"b\":\"2\"}}");
        kubectl.run("patch", "configmap", "patched", "--type=json", "-p", "[{\"op\":\"remove\",\"path\":\"/data/a\"}]");
        kubectl.run("patch", "configmap", "patched", "--type=strategic", "-p", "{\"data\":{\"c\":\"3\"}}");
        assertThat(field("configmap/patched", ".data")).isEqualTo("{\"b\":\"2\",\"c\":\"3\"}");
    }

    @Test
    void labelsSelectAndDelete() {
        kubectl.run("create", "configmap", "one");
        kubectl.run("label", "configmap", "one", "pick=me");
        kubectl.run("annotate", "configmap", "one", "note=x");
        assertThat(kubectl.run("get", "configmaps", "-l", "pick=me", "-o", "name"))
                .isEqualTo("configmap/one");
        kubectl.run("delete", "configmaps", "-l", "pick=me");
        assertThat(kubectl.run("get", "configmaps", "-l", "pick=me", "-o", "name"))
                .isEmpty();
    }

    @Test
    void wrongInputIsRefusedInKubernetesWords() {
        Kubectl.Result result = kubectl.call(
                "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"1x\"},\"spec\":{\"ports\":[{\"port\":80}]}}",
                Map.of(),
                "create",
                "-f",
                "-");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.error()).contains("The Service \"1x\" is invalid: metadata.name: Invalid value: \"1x\"");
    }

    @Test
    void saysWhoMayDoWhat() {
        assertThat(kubectl.run("auth", "can-i", "delete", "nodes")).isEqualTo("yes");
        assertThat(kubectl.call("", Map.of(), "auth", "can-i", "list", "secrets", "--as=somebody")
                        .output())
                .startsWith("no");
        assertThat(kubectl.run("api-resources", "--api-group=apps")).contains("deployments", "replicasets");
    }

    @Test
    void everyServiceIsHealthyAndHasMetrics() {
        for (int port : HEALTH_PORTS) {
            eventually("health on " + port)
                    .untilAsserted(() -> assertThat(page("http://127.0.0.1:" + port + "/actuator/health"))
                            .contains("\"status\":\"UP\""));
            assertThat(page("http://127.0.0.1:" + port + "/actuator/prometheus"))
                    .contains("jvm_memory_used_bytes");
        }
    }
}
