package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What one does with pods through the API, and what is told of it; "Pod Lifecycle" in the documentation. */
class PodApiE2E extends PodTest {

    private Map<String, JsonNode> pods = Map.of();
    private ApiSession session;

    @BeforeAll
    void start() {
        kubectl.apply(pod("labelled", stay(), "")
                + pod("deadline", stay(), "")
                + pod("gone", stay(), "")
                + pod("grown", stay(), "")
                + pod(
                        "gated",
                        stay(),
                        "readinessGates: [{ conditionType: example.com/one }, { conditionType: example.com/two }]")
                + pod("joined", stay(), "")
                + pod("talker", script("echo container is alive; exec sleep 1000"), "")
                + pod("guaranteed", "resources: { limits: { cpu: 50m, memory: 32Mi } }\n" + stay(), "")
                + pod("burstable", "resources: { requests: { cpu: 10m } }\n" + stay(), "")
                + pod("set-1", stay(), "").replace("labels: { ", "labels: { set: of-three, ")
                + pod("set-2", stay(), "").replace("labels: { ", "labels: { set: of-three, ")
                + pod("set-3", stay(), "").replace("labels: { ", "labels: { set: of-three, "));
        session = ApiSession.open(kubectl);
        pods = awaitPods("they run", pod -> "True"
                .equals(condition(pod, "ContainersReady").path("status").asString()));
        eventually("the talker has spoken")
                .untilAsserted(() -> assertThat(logs("talker")).isEqualTo("container is alive"));
    }

    @AfterAll
    void closeTheSession() {
        session.close();
    }

    private void merge(String pod, String patch, String... more) {
        List<String> arguments = new ArrayList<>(List.of("patch", "pod", pod, "--type=merge", "-p", patch));
        arguments.addAll(List.of(more));
        kubectl.run(arguments.toArray(String[]::new));
    }

    @Test
    void aDeadlineThatIsSetLaterEndsThePod() {
        merge("deadline", "{\"spec\":{\"activeDeadlineSeconds\":1}}");
        JsonNode pod = awaitPods("has failed", PodTest::hasEnded, "deadline").get("deadline");
        assertThat(phase(pod)).isEqualTo("Failed");
        assertThat(pod.path("status").path("reason").asString()).isEqualTo("DeadlineExceeded");
    }

    @Test
    void aLabelIsChangedWhileThePodRuns() {
        merge("labelled", "{\"metadata\":{\"labels\":{\"time\":\"now\"}}}");
        assertThat(kubectl.run("get", "pods", "-l", "time=now", "-o", "name")).isEqualTo("pod/labelled");
        assertThat(container(get("pod", "labelled")).path("restartCount").asInt())
                .isZero();
    }

    @Test
    void podsAreDeletedTogether() throws Exception {
        assertThat(session.send("DELETE", "pods?labelSelector=set%3Dof-three&gracePeriodSeconds=0", "")
                        .code())
                .isEqualTo(200);
        eventually("they are gone").until(() -> kubectl.run("get", "pods", "-l", "set=of-three", "-o", "name")
                .isEmpty());
    }

    @Test
    void thePodsClassOfServiceIsInItsStatus() {
        assertThat(pods.get("guaranteed").path("status").path("qosClass").asString())
                .isEqualTo("Guaranteed");
        assertThat(pods.get("burstable").path("status").path("qosClass").asString())
                .isEqualTo("Burstable");
        assertThat(pods.get("talker").path("status").path("qosClass").asString())
                .isEqualTo("BestEffort");
    }

    @Test
    void aPodIsReadyWhenOthersSaySoToo() {
        assertThat(condition(get("pod", "gated"), "Ready").path("reason").asString())
                .isEqualTo("ReadinessGatesNotReady");
        for (String gate : List.of("one", "two")) {
            assertThat(isReady(get("pod", "gated"))).isFalse();
            kubectl.run(
                    "patch",
                    "pod",
                    "gated",
                    "--subresource=status",
                    "-p",
                    ("{\"status\":{\"conditions\":[{\"type\":\"example.com/%s\","
                                    + "\"status\":\"True\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}")
                            .formatted(gate));
        }
        awaitPods("is ready", PodTest::isReady, "gated");
        kubectl.run(
                "patch",
                "pod",
                "gated",
                "--subresource=status",
                "-p",
                "{\"status\":{\"conditions\":[{\"type\":\"example.com/one\",\"status\":\"False\"}]}}");
        awaitPods("is not ready", pod -> !isReady(pod), "gated");
    }

    @Test
    void aWatchSeesAPodThatIsToldToEndAndThatIsGone() throws Exception {
        String version = get("pods").path("metadata").path("resourceVersion").asString();
        HttpResponse<Stream<String>> watch =
                session.watch("pods?watch=true&fieldSelector=metadata.name%3Dgone&resourceVersion=" + version);
        kubectl.run("delete", "pod", "gone", "--grace-period=5", "--wait=false");
        String last = "";
        boolean told = false;
        try (Stream<String> lines = watch.body()) {
            for (var each = lines.iterator(); !last.equals("DELETED") && each.hasNext(); ) {
                JsonNode event = ApiSession.JSON.readTree(each.next());
                last = event.path("type").asString();
                JsonNode metadata = event.path("object").path("metadata");
                told |= last.equals("MODIFIED")
                        && metadata.has("deletionTimestamp")
                        && metadata.path("deletionGracePeriodSeconds").asInt() == 5;
            }
        }
        assertThat(last).isEqualTo("DELETED");
        assertThat(told).isTrue();
    }

    @Test
    void everyChangeOfTheSpecIsAGenerationThatTheNodeObserves() {
        assertThat(pods.get("grown").path("metadata").path("generation").asInt())
                .isEqualTo(1);
        observed("grown", 1);
        merge("grown", "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
        observed("grown", 1);
        merge("grown", "{\"spec\":{\"activeDeadlineSeconds\":5000}}");
        observed("grown", 2);
        kubectl.run(
                "patch",
                "pod",
                "grown",
                "--type=json",
                "-p",
                "[{\"op\":\"add\",\"path\":\"/spec/tolerations/-\",\"value\":{\"key\":\"x\",\"operator\":\"Exists\"}}]");
        observed("grown", 3);
        kubectl.run("delete", "pod", "grown", "--grace-period=20", "--wait=false");
        assertThat(kubectl.call("", Map.of(), "get", "pod", "grown", "-o", "jsonpath={.metadata.generation}")
                        .output())
                .isIn("4", "");
    }

    private void observed(String name, int generation) {
        JsonNode pod = awaitPods(
                        "generation " + generation + " is observed",
                        each -> each.path("status").path("observedGeneration").asInt() == generation,
                        name)
                .get(name);
        assertThat(pod.path("metadata").path("generation").asInt()).isEqualTo(generation);
    }

    @Test
    void theSchedulersAndTheNodesEventsAreFoundByTheirPod() {
        String about = "involvedObject.kind=Pod,involvedObject.uid="
                + pods.get("talker").path("metadata").path("uid").asString() + ",involvedObject.namespace="
                + kubectl.namespace();
        for (String source : List.of("default-scheduler", "kubelet")) {
            eventually("an event of " + source).untilAsserted(() -> assertThat(kubectl.run(
                            "get", "events", "--field-selector=" + about + ",source=" + source, "-o", "name"))
                    .isNotEmpty());
        }
    }

    @Test
    void twoPodsThatWantOnePortOfANodeDoNotRunThereTogether() {
        String node = pods.get("talker").path("spec").path("nodeName").asString();
        String spec = "nodeName: " + node;
        String port = "ports: [{ containerPort: 80, hostPort: 21018 }]\n";
        kubectl.apply(pod("first-owner", port + stay(), spec));
        awaitPods("runs", PodTest::isReady, "first-owner");
        kubectl.apply(pod("second-owner", port + stay(), spec));
        JsonNode pod =
                awaitPods("has failed", PodTest::hasEnded, "second-owner").get("second-owner");
        assertThat(phase(pod)).isEqualTo("Failed");
        assertThat(pod.path("status").path("reason").asString()).isEqualTo("NodePorts");
        assertThat(pod.path("status").path("message").asString()).contains("Predicate NodePorts failed");
    }

    @Test
    void ephemeralContainersAreAddedOneAfterTheOther() {
        for (String name : List.of("look-1", "look-2")) {
            kubectl.run(
                    "patch",
                    "pod",
                    "joined",
                    "--subresource=ephemeralcontainers",
                    "-p",
                    ("{\"spec\":{\"ephemeralContainers\":[{"
                                    + "\"name\":\"%s\",\"image\":\"%s\",\"command\":[\"sh\",\"-c\",\"echo polo; sleep 1000\"]}]}}")
                            .formatted(name, IMAGE));
            awaitPods(
                    name + " runs",
                    pod -> {
                        for (JsonNode each : pod.path("status").path("ephemeralContainerStatuses")) {
                            if (each.path("name").asString().equals(name)) {
                                return each.path("state").has("running");
                            }
                        }
                        return false;
                    },
                    "joined");
            eventually("it is heard")
                    .until(() -> kubectl.run("logs", "joined", "-c", name).equals("polo"));
        }
        assertThat(container(get("pod", "joined")).path("restartCount").asInt()).isZero();
    }

    @Test
    void commandsAreRunOverABareWebSocket() throws Exception {
        List<byte[]> messages = session.listen(
                "pods/talker/exec?container=c&stdout=1&stderr=1&command=echo&command=remote", "channel.k8s.io");
        StringBuilder output = new StringBuilder();
        for (byte[] message : messages) {
            if (message.length > 1) {
                assertThat(message[0]).as("the channel").isEqualTo((byte) 1);
                output.append(new String(message, 1, message.length - 1, StandardCharsets.UTF_8));
            }
        }
        assertThat(output).hasToString("remote\n");
    }

    @Test
    void logsAreReadOverABareWebSocket() throws Exception {
        StringBuilder output = new StringBuilder();
        for (byte[] message : session.listen("pods/talker/log?container=c", "binary.k8s.io")) {
            output.append(new String(message, StandardCharsets.UTF_8));
        }
        assertThat(output).hasToString("container is alive\n");
    }

    @Test
    void aKeyWithoutANameIsRefused() {
        for (String kind : List.of("ConfigMap", "Secret")) {
            String manifest = """
                    apiVersion: v1
                    kind: %s
                    metadata: { name: empty }
                    data: { "": eHg= }
                    """.formatted(kind);
            assertThat(kubectl.call(manifest, Map.of(), "apply", "-f", "-").error())
                    .contains(
                            "data[]: Invalid value: \"\": a valid config key must consist of alphanumeric characters");
        }
    }

    @Test
    void everyConditionOfAPodThatRunsHolds() {
        JsonNode pod = awaitPods("is ready", PodTest::isReady, "guaranteed").get("guaranteed");
        for (String type :
                List.of("PodReadyToStartContainers", "Initialized", "PodScheduled", "ContainersReady", "Ready")) {
            assertThat(condition(pod, type).path("status").asString()).as(type).isEqualTo("True");
        }
    }

    @Test
    void aPodIsResizedByReplacingWhatItAsksFor() {
        String path = "/api/v1/namespaces/" + kubectl.namespace() + "/pods/burstable";
        try (ClusterApi api = ClusterApi.open(kubectl)) {
            // the node writes the pod's status meanwhile
            eventually("the wish is taken").until(() -> {
                JsonNode pod = api.get(path).ok().body();
                ((ObjectNode) pod.at("/spec/containers/0/resources/requests")).put("cpu", "15m");
                int code = api.put(path + "/resize", pod).code();
                assertThat(code).isIn(200, 409);
                return code == 200;
            });
        }
        JsonNode pod = awaitPods(
                        "has what it asked for",
                        each -> container(each)
                                .at("/allocatedResources/cpu")
                                .asString("")
                                .equals("15m"),
                        "burstable")
                .get("burstable");
        assertThat(container(pod).path("restartCount").asInt()).isZero();
    }
}
