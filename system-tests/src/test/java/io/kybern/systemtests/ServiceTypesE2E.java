package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Services that change: their type, their affinity, their endpoints; "Service" in the documentation. */
class ServiceTypesE2E extends PodTest {

    /** The range of cluster IPs that this test makes. */
    private final String range = kubectl.namespace();

    /** What its addresses begin with: other ones each time, should the last range still be on its way out. */
    private final String block = "10.97." + new Random().nextInt(256) + ".";

    private final List<String> nodes = new ArrayList<>();
    private String client = "";

    @BeforeAll
    void start() {
        kubectl.apply(pod("client", stay(), ""));
        deployWeb("web", 2);
        awaitPods("runs", PodTest::isReady, "client");
        client = "client";
        for (JsonNode node : get("nodes").path("items")) {
            for (JsonNode address : node.path("status").path("addresses")) {
                if (address.path("type").asString().equals("InternalIP")) {
                    nodes.add(address.path("address").asString());
                }
            }
        }
    }

    /** The Service goes with the namespace, and the range then too. */
    @AfterAll
    void removeTheRange() {
        kubectl.call("", Map.of(), "delete", "servicecidr", range, "--ignore-not-found", "--wait=false");
    }

    private Kubectl.Result ask(String address) {
        return kubectl.call("", Map.of(), "exec", client, "--", "wget", "-T", "5", "-qO-", "http://" + address + "/");
    }

    private void answers(String address) {
        eventually(address + " answers")
                .untilAsserted(() -> assertThat(ask(address).output()).startsWith("web-"));
    }

    private void answersNowhere(String address) {
        eventually(address + " does not answer")
                .untilAsserted(() -> assertThat(ask(address).exitCode()).isNotZero());
    }

    private JsonNode patch(String service, String patch) {
        kubectl.run("patch", "service", service, "--type=merge", "-p", patch);
        return get("service", service).path("spec");
    }

    private static final String PORTS = "\"selector\":{\"app\":\"web\"},\"ports\":[{\"port\":80,\"targetPort\":8080}]";

    @Test
    void anAliasBecomesAServiceWithAnAddress() {
        kubectl.run("create", "service", "externalname", "alias-cluster", "--external-name=foo.example.com");
        JsonNode spec =
                patch("alias-cluster", "{\"spec\":{\"type\":\"ClusterIP\",\"externalName\":null," + PORTS + "}}");
        assertThat(spec.path("clusterIP").asString()).startsWith("10.96.");
        assertThat(spec.has("externalName")).isFalse();
        answers("alias-cluster");
        answers(spec.path("clusterIP").asString());
    }

    @Test
    void anAliasBecomesAServiceOnEveryNodeAndBackAgain() {
        kubectl.run("create", "service", "externalname", "alias-node", "--external-name=foo.example.com");
        JsonNode spec = patch("alias-node", "{\"spec\":{\"type\":\"NodePort\",\"externalName\":null," + PORTS + "}}");
        int port = spec.path("ports").path(0).path("nodePort").asInt();
        assertThat(port).isBetween(30000, 32767);
        answers(spec.path("clusterIP").asString());
        for (String node : nodes) {
            answers(node + ":" + port);
        }
        JsonNode after = patch(
                "alias-node",
                "{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"web-own." + kubectl.namespace()
                        + ".svc.cluster.local\",\"clusterIP\":null,\"clusterIPs\":null,\"ports\":[{\"port\":80,\"nodePort\":null}]}}");
        assertThat(after.has("clusterIP")).isFalse();
        assertThat(after.path("ports").path(0).has("nodePort")).isFalse();
        answersNowhere(nodes.getFirst() + ":" + port);
        kubectl.run("expose", "deployment", "web", "--name=web-own", "--port=80", "--target-port=8080");
        answers("alias-node");
    }

    @Test
    void aServiceWithAnAddressBecomesAnAlias() {
        kubectl.run("expose", "deployment", "web", "--name=cluster-alias", "--port=80", "--target-port=8080");
        String address = field("service/cluster-alias", ".spec.clusterIP");
        answers(address);
        JsonNode after = patch(
                "cluster-alias",
                "{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"foo.example.com\","
                        + "\"clusterIP\":\"\",\"clusterIPs\":null}}");
        assertThat(after.path("clusterIP").asString("")).isEmpty();
        answersNowhere(address);
        eventually("the address is free").untilAsserted(() -> assertThat(
                        kubectl.call("", Map.of(), "get", "ipaddress", address).error())
                .contains("NotFound"));
    }

    @Test
    void aNodePortComesAndGoesWithTheType() {
        kubectl.run("expose", "deployment", "web", "--name=port", "--port=80", "--target-port=8080");
        String address = field("service/port", ".spec.clusterIP");
        JsonNode with = patch("port", "{\"spec\":{\"type\":\"NodePort\"}}");
        int port = with.path("ports").path(0).path("nodePort").asInt();
        answers(nodes.getLast() + ":" + port);
        JsonNode without = patch(
                "port",
                "{\"spec\":{\"type\":\"ClusterIP\",\"ports\":[{\"port\":80,\"targetPort\":8080,\"nodePort\":null}]}}");
        assertThat(without.path("clusterIP").asString()).isEqualTo(address);
        assertThat(without.path("ports").path(0).has("nodePort")).isFalse();
        answersNowhere(nodes.getLast() + ":" + port);
        answers(address);
    }

    @Test
    void aServiceHasAnAddressOfAnotherRange() {
        String elsewhere = block + "9";
        kubectl.apply("""
                apiVersion: networking.k8s.io/v1
                kind: ServiceCIDR
                metadata: { name: %s }
                spec: { cidrs: [%s0/28] }
                """.formatted(range, block));
        eventually("the range is ready")
                .untilAsserted(
                        () -> assertThat(ready(range).path("status").asString()).isEqualTo("True"));
        kubectl.run("create", "service", "clusterip", "elsewhere", "--clusterip=" + elsewhere, "--tcp=80:8080");
        patch("elsewhere", "{\"spec\":{\"selector\":{\"app\":\"web\"}}}");
        answers(elsewhere);
        assertThat(get("ipaddress", elsewhere).at("/spec/parentRef/name").asString())
                .isEqualTo("elsewhere");

        kubectl.run("delete", "servicecidr", range, "--wait=false");
        eventually("the range is held by the Service")
                .untilAsserted(
                        () -> assertThat(ready(range).path("reason").asString()).isEqualTo("Terminating"));
        kubectl.run("delete", "service", "elsewhere");
        eventually("the range is gone").untilAsserted(() -> assertThat(
                        kubectl.call("", Map.of(), "get", "servicecidr", range).error())
                .contains("NotFound"));
    }

    private JsonNode ready(String range) {
        return get("servicecidr", range).at("/status/conditions/0");
    }

    private Set<String> hear(String address, int times) {
        String loop = "for i in $(seq " + times + "); do wget -T 5 -qO- http://" + address + "/; done";
        return new HashSet<>(List.of(exec("client", loop).split("\n")));
    }

    @Test
    void affinityIsSwitchedOnAndOff() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: sticky }
                spec: { type: NodePort, selector: { app: web }, sessionAffinity: ClientIP, ports: [{ port: 80, targetPort: 8080 }] }
                """);
        assertThat(field("service/sticky", ".spec.sessionAffinityConfig.clientIP.timeoutSeconds"))
                .isEqualTo("10800");
        String port = field("service/sticky", ".spec.ports[0].nodePort");
        answers("sticky");
        for (String address : List.of("sticky", nodes.getFirst() + ":" + port)) {
            assertThat(hear(address, 15)).as(address).hasSize(1);
        }
        assertThat(patch("sticky", "{\"spec\":{\"sessionAffinity\":\"None\"}}").has("sessionAffinityConfig"))
                .isFalse();
        eventually("both answer").until(() -> hear("sticky", 15).size() == 2);
        patch("sticky", "{\"spec\":{\"sessionAffinity\":\"ClientIP\"}}");
        eventually("one answers").until(() -> hear("sticky", 15).size() == 1);
    }

    @Test
    void affinityEndsAfterItsTime() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: forgetful }
                spec:
                  selector: { app: web }
                  sessionAffinity: ClientIP
                  sessionAffinityConfig: { clientIP: { timeoutSeconds: 3 } }
                  ports: [{ port: 80, targetPort: 8080 }]
                """);
        answers("forgetful");
        // in one go, and again if the machine stood still for so long that the time passed in between
        Set<String> heard = new HashSet<>();
        eventually("one answers").untilAsserted(() -> {
            heard.clear();
            heard.addAll(hear("forgetful", 15));
            assertThat(heard).hasSize(1);
        });
        String first = heard.iterator().next();
        eventually("after a pause another one answers")
                .pollInterval(java.time.Duration.ofSeconds(4))
                .untilAsserted(() -> assertThat(exec("client", "wget -T 5 -qO- http://forgetful/"))
                        .isNotEqualTo(first));
    }

    @Test
    void theServicesStatusIsItsOwn() {
        kubectl.run("create", "service", "clusterip", "balanced", "--tcp=80:8080");
        kubectl.run("label", "service", "balanced", "kept=no");
        kubectl.run(
                "patch",
                "service",
                "balanced",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"203.0.113.1\"}]},\"conditions\":[{\"type\":\"StatusPatched\","
                        + "\"status\":\"True\",\"reason\":\"E2E\",\"message\":\"set\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}");
        assertThat(field("service/balanced", ".status.conditions[0].type")).isEqualTo("StatusPatched");
        kubectl.run("delete", "services", "-l", "kept=no");
        assertThat(kubectl.run("get", "services", "-l", "kept=no", "-o", "name"))
                .isEmpty();
    }

    @Test
    void theApiServerIsAServiceWithEndpoints() {
        Kubectl there = new Kubectl("default");
        assertThat(there.run(
                        "get",
                        "service",
                        "kubernetes",
                        "-o",
                        "jsonpath={.spec.ports[*].name} {.spec.ports[*].port} {.spec.type}"))
                .isEqualTo("https 443 ClusterIP");
        String address = there.run("get", "endpoints", "kubernetes", "-o", "jsonpath={.subsets[0].addresses[0].ip}");
        assertThat(
                        there.run(
                                "get",
                                "endpointslices",
                                "-l",
                                "kubernetes.io/service-name=kubernetes",
                                "-o",
                                "jsonpath={.items[0].metadata.name} {.items[0].endpoints[0].addresses[0]} {.items[0].ports[0].name}"))
                .isEqualTo("kubernetes " + address + " https");
    }

    @Test
    void theProxyTellsItsModeOnTheNode() {
        kubectl.apply(pod("node-eye", stay(), "hostNetwork: true"));
        awaitPods("runs", PodTest::isReady, "node-eye");
        assertThat(exec("node-eye", "wget -T 5 -qO- http://localhost:10249/proxyMode"))
                .isEqualTo("iptables");
    }
}
