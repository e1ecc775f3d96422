package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Services beyond the plain one: affinity, headless, without endpoints, with named ports, without a selector. */
class ServicesE2E extends ClusterTest {

    private String client = "";

    @BeforeAll
    void deploy() {
        deployWeb("web", 2);
        client = pods("web").getFirst();
    }

    private Kubectl.Result ask(String address) {
        return kubectl.call("", Map.of(), "exec", client, "--", "wget", "-T", "20", "-qO-", "http://" + address + "/");
    }

    @Test
    void clientIpAffinityKeepsAClientAtOneBackend() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: sticky }
                spec: { selector: { app: web }, sessionAffinity: ClientIP, ports: [{ port: 80, targetPort: http }] }
                """);
        eventually("the Service answers").until(() -> ask("sticky").exitCode() == 0);
        Set<String> answered = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            answered.add(ask("sticky").ok());
        }
        assertThat(answered).hasSize(1);
    }

    @Test
    void aHeadlessServicesNameIsItsPods() {
        kubectl.run("expose", "deployment", "web", "--name=headless", "--cluster-ip=None", "--port=8080");
        String addresses = kubectl.run("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].status.podIP}");
        eventually("both addresses are there").untilAsserted(() -> assertThat(kubectl.run(
                        "exec", client, "--", "nslookup", "headless." + kubectl.namespace() + ".svc.cluster.local"))
                .contains(addresses.split(" ")));
    }

    @Test
    void aServiceWithoutEndpointsRefusesAtOnce() {
        kubectl.run("create", "service", "clusterip", "nobody", "--tcp=80:8080");
        String address = field("service/nobody", ".spec.clusterIP");
        eventually("connections are refused")
                .untilAsserted(() -> assertThat(ask(address).error()).contains("Connection refused"));
    }

    @Test
    void aServiceWithoutSelectorLeadsWhereItsEndpointsSay() {
        String pod = field("pod/" + client, ".status.podIP");
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: manual }
                spec: { ports: [{ name: http, port: 80 }] }
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: { name: manual-1, labels: { kubernetes.io/service-name: manual } }
                addressType: IPv4
                ports: [{ name: http, port: 8080, protocol: TCP }]
                endpoints: [{ addresses: [%s], conditions: { ready: true } }]
                """.formatted(pod));
        eventually("the endpoint answers").until(() -> {
            Kubectl.Result answer = ask("manual");
            return answer.exitCode() == 0 && answer.output().strip().equals(client);
        });
    }

    @Test
    void endpointsThatSomebodyKeepsLeadThereToo() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: kept }
                spec: { ports: [{ name: http, port: 80 }] }
                ---
                apiVersion: v1
                kind: Endpoints
                metadata: { name: kept }
                subsets: [{ addresses: [{ ip: %s }], ports: [{ name: http, port: 8080 }] }]
                """.formatted(field("pod/" + client, ".status.podIP")));
        eventually("the endpoint answers").until(() -> {
            Kubectl.Result answer = ask("kept");
            return answer.exitCode() == 0 && answer.output().strip().equals(client);
        });
        assertThat(kubectl.run("get", "endpointslices", "-l", "kubernetes.io/service-name=kept"))
                .containsPattern("kept-\\w+ +IPv4 +8080 +10\\.244\\.");
        kubectl.run("delete", "endpoints", "kept");
        eventually("the copy is gone")
                .until(() -> kubectl.run("get", "endpointslices", "-l", "kubernetes.io/service-name=kept", "-o", "name")
                        .isEmpty());
    }

    @Test
    void anExternalNameIsAnAlias() {
        kubectl.run(
                "create",
                "service",
                "externalname",
                "alias",
                "--external-name=web." + kubectl.namespace() + ".svc.cluster.local");
        kubectl.run("expose", "deployment", "web", "--port=80", "--target-port=8080");
        eventually("the alias leads on").until(() -> ask("alias").exitCode() == 0);
    }

    @Test
    void aServiceThatIsDeletedGivesItsAddressBack() {
        kubectl.run("create", "service", "clusterip", "first", "--tcp=80:8080");
        String address = field("service/first", ".spec.clusterIP");
        assertThat(kubectl.call(
                                "",
                                Map.of(),
                                "create",
                                "service",
                                "clusterip",
                                "second",
                                "--tcp=80:8080",
                                "--clusterip=" + address)
                        .error())
                .contains("spec.clusterIPs: Invalid value: [\"" + address + "\"]: failed to allocate IP " + address
                        + ": provided IP is already allocated");
        kubectl.run("delete", "service", "first");
        eventually("the address is free")
                .until(() -> kubectl.call(
                                        "",
                                        Map.of(),
                                        "create",
                                        "service",
                                        "clusterip",
                                        "second",
                                        "--tcp=80:8080",
                                        "--clusterip=" + address)
                                .exitCode()
                        == 0);
    }

    @Test
    void theApiServersProxiesLeadToPodsAndServices() {
        String inside = "/api/v1/namespaces/" + kubectl.namespace();
        assertThat(kubectl.run("get", "--raw", inside + "/pods/" + client + ":8080/proxy/"))
                .isEqualTo(client);
        assertThat(kubectl.run("get", "--raw", inside + "/pods/http:" + client + ":8080/proxy/index.html"))
                .isEqualTo(client);
        assertThat(kubectl.run("get", "--raw", inside + "/pods/" + client + "/proxy/"))
                .as("the first port that the pod declares")
                .isEqualTo(client);
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: proxied }
                spec: { selector: { app: web }, ports: [{ name: web, port: 80, targetPort: http }] }
                """);
        for (String name : List.of("proxied:web", "proxied:80", "http:proxied:web")) {
            eventually(name + " answers").until(() -> pods("web")
                    .contains(kubectl.call("", Map.of(), "get", "--raw", inside + "/services/" + name + "/proxy/")
                            .output()
                            .strip()));
        }
        assertThat(refusal(inside + "/services/proxied:81/proxy/"))
                .contains("no service port 81 found for service \"proxied\"");
        assertThat(refusal(inside + "/services/proxied:other/proxy/"))
                .contains("no endpoints available for service \"proxied:other\"");
        assertThat(refusal(inside + "/pods/" + client + ":81/proxy/"))
                .contains("error trying to reach service: dial tcp", "connection refused");
        assertThat(refusal(inside + "/pods/" + client + ":8080/proxy/absent")).contains("NotFound");
    }

    private String refusal(String path) {
        return kubectl.call("", Map.of(), "get", "--raw", path).error();
    }
}
