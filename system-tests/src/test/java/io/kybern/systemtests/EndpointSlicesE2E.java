package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Where Services lead: the slices and the older endpoints that the cluster keeps, and those that somebody writes by hand. */
class EndpointSlicesE2E extends PodTest {

    private static final String SERVES =
            "mkdir /a /b; echo %1$s-a > /a/index.html; echo %1$s-b > /b/index.html; httpd -f -p 8081 -h /a & httpd -f -p 8082 -h /b & wait $!";

    @BeforeAll
    void start() {
        String ports = "ports: [{ name: a, containerPort: 8081 }, { name: b, containerPort: 8082 }]\n"
                + "readinessProbe: { tcpSocket: { port: 8082 }, periodSeconds: 1 }\n";
        kubectl.apply(pod("one", ports + script(SERVES.formatted("one")), "")
                + pod("two", ports + script(SERVES.formatted("two")), "")
                + pod("client", stay(), ""));
        awaitPods("they run", PodTest::isReady);
    }

    private String address(String pod) {
        return field("pod/" + pod, ".status.podIP");
    }

    /** What a Service answers at a port; empty if it does not. */
    private String ask(String service, int port) {
        return kubectl.call(
                        "",
                        Map.of(),
                        "exec",
                        "client",
                        "--",
                        "wget",
                        "-T",
                        "5",
                        "-qO-",
                        "http://" + service + ":" + port + "/")
                .output()
                .strip();
    }

    private void slice(String name, String service, String address, String portName, int port) {
        kubectl.apply("""
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: { name: %s, labels: { kubernetes.io/service-name: %s } }
                addressType: IPv4
                endpoints: [{ addresses: [%s], conditions: { ready: true } }]
                ports: [{ name: %s, port: %d, protocol: TCP }]
                """.formatted(name, service, address, portName, port));
    }

    /** The addresses that the slices of a Service name. */
    private Set<String> addresses(String service) {
        Set<String> addresses = new TreeSet<>();
        for (JsonNode slice : get("endpointslices", "-l", "kubernetes.io/service-name=" + service)
                .path("items")) {
            for (JsonNode endpoint : slice.path("endpoints")) {
                endpoint.path("addresses").forEach(address -> addresses.add(address.asString()));
            }
        }
        return addresses;
    }

    @Test
    void eachPortOfAServiceMayHaveASliceOfItsOwn() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: ports }
                spec: { ports: [{ name: first, port: 80 }, { name: second, port: 90 }] }
                """);
        slice("ports-first", "ports", address("one"), "first", 8081);
        slice("ports-second", "ports", address("two"), "second", 8082);
        eventually("both ports answer").untilAsserted(() -> {
            assertThat(ask("ports", 80)).isEqualTo("one-a");
            assertThat(ask("ports", 90)).isEqualTo("two-b");
        });
    }

    @Test
    void theBackendsOfAServiceMayBeInSeveralSlices() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: backends }
                spec: { ports: [{ name: http, port: 80 }] }
                """);
        slice("backends-one", "backends", address("one"), "http", 8081);
        slice("backends-two", "backends", address("two"), "http", 8081);
        Set<String> answers = new ConcurrentSkipListSet<>();
        eventually("both answer").untilAsserted(() -> {
            answers.add(ask("backends", 80));
            assertThat(answers).contains("one-a", "two-a");
        });
        kubectl.run("delete", "endpointslice", "backends-one");
        eventually("the other one has it all").untilAsserted(() -> {
            Set<String> left = new TreeSet<>();
            for (int i = 0; i < 5; i++) {
                left.add(ask("backends", 80));
            }
            assertThat(left).containsExactly("two-a");
        });
    }

    @Test
    void theEndpointsOfAServiceFollowThePodsThatItSelects() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: followed }
                spec:
                  selector: { joins: "yes" }
                  ports: [{ name: a, port: 80, targetPort: a }, { name: b, port: 90, targetPort: 8082 }]
                """);
        eventually("there is a slice, and it is empty").untilAsserted(() -> {
            assertThat(get("endpointslices", "-l", "kubernetes.io/service-name=followed")
                            .path("items"))
                    .hasSize(1);
            assertThat(addresses("followed")).isEmpty();
            assertThat(get("endpoints", "followed").path("subsets")).isEmpty();
        });

        kubectl.run("label", "pod", "one", "two", "joins=yes");
        eventually("both pods are in it")
                .untilAsserted(() -> assertThat(addresses("followed")).containsOnly(address("one"), address("two")));
        eventually("the older endpoints have them too").untilAsserted(() -> {
            JsonNode subset = get("endpoints", "followed").at("/subsets/0");
            assertThat(subset.path("addresses").findValuesAsString("ip")).containsOnly(address("one"), address("two"));
            assertThat(subset.path("ports").findValuesAsString("port")).containsExactlyInAnyOrder("8081", "8082");
        });
        eventually("both ports answer").untilAsserted(() -> {
            assertThat(ask("followed", 80)).endsWith("-a");
            assertThat(ask("followed", 90)).endsWith("-b");
        });

        kubectl.run("label", "pod", "one", "joins-");
        eventually("one has left")
                .untilAsserted(() -> assertThat(addresses("followed")).containsExactly(address("two")));
        kubectl.run("delete", "service", "followed");
        eventually("nothing is left of it").untilAsserted(() -> assertThat(
                        kubectl.run("get", "endpointslices", "-l", "kubernetes.io/service-name=followed", "-o", "name")
                                + kubectl.run("get", "endpoints", "followed", "--ignore-not-found"))
                .isEmpty());
    }

    @Test
    void endpointsThatSomebodyWritesAreMirroredAndFollowed() {
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: mirrored }
                spec: { ports: [{ name: http, port: 80 }] }
                ---
                apiVersion: v1
                kind: Endpoints
                metadata: { name: mirrored, labels: { kept: by-hand } }
                subsets: [{ addresses: [{ ip: %s }], ports: [{ name: http, port: 8081 }] }]
                """.formatted(address("one")));
        eventually("the endpoint answers")
                .untilAsserted(() -> assertThat(ask("mirrored", 80)).isEqualTo("one-a"));
        assertThat(addresses("mirrored")).containsExactly(address("one"));
        kubectl.run(
                "patch",
                "endpoints",
                "mirrored",
                "--type=merge",
                "-p",
                "{\"subsets\":[{\"addresses\":[{\"ip\":\"%s\"}],\"ports\":[{\"name\":\"http\",\"port\":8082}]}]}"
                        .formatted(address("two")));
        eventually("another one answers")
                .untilAsserted(() -> assertThat(ask("mirrored", 80)).isEqualTo("two-b"));
        eventually("the former one has left")
                .untilAsserted(() -> assertThat(addresses("mirrored")).containsExactly(address("two")));
        kubectl.run("delete", "endpoints", "-l", "kept=by-hand");
        eventually("the mirrors are gone").untilAsserted(() -> assertThat(
                        kubectl.run("get", "endpointslices", "-l", "kubernetes.io/service-name=mirrored", "-o", "name"))
                .isEmpty());
    }
}
