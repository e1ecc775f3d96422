package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What reaches a pod, from other nodes and through the API server: HTTP with every verb, HTTPS, UDP and gRPC. */
class EchoE2E extends PodTest {

    private static final String JAVA = "kybern/java:local";

    private final List<JsonNode> servers = new ArrayList<>();
    private String server = "";
    private String base = "";
    private Background proxy;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        Path store = directory.resolve("keys.p12");
        Kubectl.execute(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=nobody",
                                "-alias",
                                "echo",
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                EchoServer.PASSWORD,
                                "-keystore",
                                store.toString()),
                        "",
                        Map.of())
                .ok();
        Path jar = directory.resolve("server.jar");
        EchoServer.writeJar(jar);
        kubectl.run("create", "configmap", "server", "--from-file=" + store, "--from-file=" + jar);
        kubectl.apply("""
                apiVersion: v1
                kind: Service
                metadata: { name: echo }
                spec:
                  selector: { app: echo }
                  ports:
                  - { name: http, port: 80, targetPort: http }
                  - { name: https, port: 443, targetPort: 8443 }
                  - { name: tcp-both, port: 90, targetPort: 8080 }
                  - { name: udp-both, port: 90, targetPort: 8081, protocol: UDP }
                ---
                apiVersion: apps/v1
                kind: DaemonSet
                metadata: { name: echo }
                spec:
                  selector: { matchLabels: { app: echo } }
                  template:
                    metadata: { labels: { app: echo } }
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - name: c
                        image: %1$s
                        imagePullPolicy: IfNotPresent
                        command: [java, -XX:+UseSerialGC, -Xmx48m, -cp, /server/server.jar, io.kybern.systemtests.EchoServer, /server/keys.p12]
                        ports: [{ containerPort: 8080, name: http }, { containerPort: 8081, protocol: UDP }]
                        readinessProbe: { httpGet: { scheme: HTTPS, path: /, port: 8443 }, periodSeconds: 1, timeoutSeconds: 5 }
                        livenessProbe: { grpc: { port: 5000, service: well }, periodSeconds: 2, failureThreshold: 30, timeoutSeconds: 5 }
                        volumeMounts: [{ name: server, mountPath: /server }]
                      volumes: [{ name: server, configMap: { name: server } }]
                """.formatted(JAVA)
                + pod(
                                "grpc-ill",
                                "command: [java, -XX:+UseSerialGC, -Xmx48m, -cp, /server/server.jar, io.kybern.systemtests.EchoServer]\n"
                                        + "startupProbe: { tcpSocket: { port: 5000 }, timeoutSeconds: 5, periodSeconds: 1, failureThreshold: 60 }\n"
                                        + "livenessProbe: { grpc: { port: 5000, service: ill }, timeoutSeconds: 5, periodSeconds: 1, failureThreshold: 3 }\n"
                                        + "volumeMounts: [{ name: server, mountPath: /server }]\n",
                                "volumes: [{ name: server, configMap: { name: server } }]")
                        .replace(IMAGE, JAVA)
                        .replace("restartPolicy: Never", "restartPolicy: Always")
                + pod("client", stay(), ""));
        kubectl.run("rollout", "status", "daemonset/echo", "--timeout=110s");
        awaitPods("runs", PodTest::isReady, "client");
        for (JsonNode pod : get("pods", "-l", "app=echo").path("items")) {
            servers.add(pod);
        }
        server = servers.getFirst().path("metadata").path("name").asString();
        proxy = kubectl.start("proxy", "--port=0").says("Starting to serve on");
        base = "http://" + proxy.output().replaceFirst("(?s).*serve on (\\S+).*", "$1");
        eventually("the API server knows the Service's endpoints")
                .untilAsserted(() -> assertThat(curl(base + inside() + "/services/echo:http/proxy/host"))
                        .startsWith("echo-"));
    }

    @AfterAll
    void endTheProxy() {
        if (proxy != null) {
            proxy.close();
        }
    }

    private String inside() {
        return "/api/v1/namespaces/" + kubectl.namespace();
    }

    private String curl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("curl", "-s", "-m", "20"));
        command.addAll(List.of(arguments));
        return Kubectl.execute(command, "", Map.of()).ok();
    }

    @Test
    void everyVerbReachesPodsAndServicesThroughTheirProxies() {
        for (String target : List.of("/pods/" + server, "/services/echo:http")) {
            for (String verb : List.of("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")) {
                String path = inside() + target + "/proxy/some/path/with/" + verb;
                assertThat(curl("-X", verb, base + path + "?a=b"))
                        .isEqualTo(verb + " /some/path/with/" + verb + "?a=b 8080 0");
            }
            assertThat(curl("-I", base + inside() + target + "/proxy/some/path"))
                    .contains("200 OK")
                    .containsIgnoringCase("x-method: HEAD");
        }
        assertThat(curl("-X", "POST", "-d", "twelve bytes", base + inside() + "/pods/" + server + "/proxy/x"))
                .isEqualTo("POST /x 8080 12");
    }

    @Test
    void aProxyWithoutAPathLeadsToTheRoot() {
        for (String target : List.of("/pods/" + server, "/services/echo:http")) {
            for (String verb : List.of("DELETE", "OPTIONS", "PATCH", "POST", "PUT")) {
                assertThat(curl("-X", verb, base + inside() + target + "/proxy?method=" + verb))
                        .isEqualTo(verb + " /?method=" + verb + " 8080 0");
            }
            assertThat(curl(
                            "-o",
                            "/dev/null",
                            "-w",
                            "%{http_code} %{redirect_url}",
                            base + inside() + target + "/proxy?method=GET"))
                    .isEqualTo("301 " + base + inside() + target + "/proxy/?method=GET");
            assertThat(curl(
                            "-I",
                            "-o",
                            "/dev/null",
                            "-w",
                            "%{http_code}",
                            base + inside() + target + "/proxy?method=HEAD"))
                    .isEqualTo("301");
        }
    }

    @Test
    void linksInPagesStayBelowTheProxy() {
        for (String target : List.of(
                "/pods/" + server,
                "/pods/" + server + ":8080",
                "/pods/http:" + server + ":8080",
                "/pods/https:" + server + ":8443",
                "/services/echo:http",
                "/services/https:echo:https")) {
            assertThat(curl(base + inside() + target + "/proxy/page/"))
                    .contains("<a href=\"" + inside() + target + "/proxy/rewriteme\">test</a>");
        }
    }

    @Test
    void aBackendWithACertificateThatNobodyKnowsIsReached() {
        assertThat(curl(base + inside() + "/pods/https:" + server + ":8443/proxy/x"))
                .isEqualTo("GET /x 8443 0");
        assertThat(curl(base + inside() + "/services/https:echo:https/proxy/x")).isEqualTo("GET /x 8443 0");
        assertThat(curl(base + inside() + "/services/https:echo:443/proxy/x")).isEqualTo("GET /x 8443 0");
    }

    @Test
    void podsOfAllNodesAreReachedOverHttpAndUdpFromPodsAndNodes() {
        String node = allPods().get("client").path("spec").path("nodeName").asString();
        assertThat(servers)
                .anyMatch(each -> !each.path("spec").path("nodeName").asString().equals(node));
        for (JsonNode each : servers) {
            String name = each.path("metadata").path("name").asString();
            String address = each.path("status").path("podIP").asString();
            assertThat(exec("client", "wget -T 10 -qO- http://" + address + ":8080/host"))
                    .isEqualTo(name);
            assertThat(exec("client", "wget -T 10 -qO- http://" + address + ":8080/client"))
                    .as("a pod sees the address of the pod that asks")
                    .isEqualTo(field("pod/client", ".status.podIP"));
            for (JsonNode from : servers) {
                eventually("a datagram comes back").untilAsserted(() -> assertThat(datagram(from, address, 8081))
                        .isEqualTo(name + " hello"));
            }
        }
    }

    /** What comes back when a server sends a datagram there. */
    private String datagram(JsonNode from, String address, int port) {
        return exec(
                "client",
                "wget -T 10 -qO- http://" + from.path("status").path("podIP").asString() + ":8080/datagram/" + address
                        + "/" + port);
    }

    @Test
    void oneServicePortServesTcpAndUdp() {
        String address = field("service/echo", ".spec.clusterIP");
        eventually("the Service answers")
                .untilAsserted(() -> assertThat(exec("client", "wget -T 10 -qO- http://" + address + ":90/host"))
                        .startsWith("echo-"));
        eventually("a datagram comes back").untilAsserted(() -> assertThat(datagram(servers.getFirst(), address, 90))
                .matches("echo-\\w+ hello"));
    }

    @Test
    void aContainerWhoseHealthServiceSaysItIsIllIsRestarted() {
        awaitPods("was restarted", pod -> container(pod).path("restartCount").asInt() > 0, "grpc-ill");
        eventually("the events say why").untilAsserted(() -> assertThat(kubectl.run(
                        "get",
                        "events",
                        "--field-selector=involvedObject.name=grpc-ill",
                        "-o",
                        "jsonpath={range .items[*]}{.reason}: {.message}\n{end}"))
                .contains("Unhealthy: Liveness probe failed: service unhealthy (responded with \"NOT_SERVING\")"));
        for (JsonNode each : get("pods", "-l", "app=echo").path("items")) {
            assertThat(container(each).path("restartCount").asInt())
                    .as("those that serve are left alone")
                    .isZero();
        }
    }
}
