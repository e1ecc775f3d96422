package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/**
 * A node's daemon is away for a while, or what it depends on: its Docker Engine, the API server. The node's pods go on, and nothing runs
 * twice.
 */
@Isolated
@Order(Integer.MAX_VALUE - 5)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutagesE2E extends PodTest {

    private static final List<String> NODES = List.of("node-1", "node-2");

    /** Longer than the grace period after which a silent node is taken for lost. */
    private static final Duration AWAY = Duration.ofSeconds(50);

    /** What a node may certainly be silent: the grace period without the time between two signs of life. */
    private static final Duration BELIEVED = Duration.ofSeconds(30);

    private static final String LEAVES_LOST_NODES =
            "tolerations: [{ key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 1 }]\n";

    private final Clock clock = Clock.systemUTC();

    @BeforeAll
    void deploy() {
        deployWeb("web", 4, 2, LEAVES_LOST_NODES);
        kubectl.run("expose", "deployment", "web", "--port=80", "--target-port=8080", "--type=NodePort");
        // one that needs what only the API server knows whenever one of its containers starts
        kubectl.run("create", "configmap", "settings", "--from-literal=key=value");
        kubectl.run("create", "secret", "generic", "password", "--from-literal=key=value");
        kubectl.apply(pod(
                        "restarted",
                        stay() + """
                        env: [{ name: A, valueFrom: { configMapKeyRef: { name: settings, key: key } } }]
                        envFrom: [{ secretRef: { name: password } }]
                        volumeMounts: [{ name: settings, mountPath: /settings }]
                        """,
                        LEAVES_LOST_NODES + "volumes: [{ name: settings, configMap: { name: settings } }]\n")
                .replace("restartPolicy: Never", "restartPolicy: Always")
                .replace("automountServiceAccountToken: false", "automountServiceAccountToken: true")
                .replace("enableServiceLinks: false", "enableServiceLinks: true"));
        awaitPods("runs", PodTest::isReady, "restarted");
    }

    @AfterEach
    void everythingRuns() {
        Stack.start("apiserver");
        eventually("the API server is healthy").until(() -> Stack.isHealthy("apiserver"));
    }

    private static Map<String, String> containers(String namespace) {
        Map<String, String> containers = new HashMap<>();
        NODES.forEach(node -> containers.putAll(Stack.runningContainers(node, namespace)));
        return containers;
    }

    private SteadyRequests requests() {
        String node = kubectl.run(
                "get", "node", "node-1", "-o", "jsonpath={.status.addresses[?(@.type==\"InternalIP\")].address}");
        SteadyRequests requests =
                SteadyRequests.to(node, Integer.parseInt(field("service/web", ".spec.ports[0].nodePort")));
        eventually("the Service answers").until(() -> requests.answers() > 20);
        assertThat(requests.failures()).isEmpty();
        return requests;
    }

    @Test
    @Order(1)
    void containersGoOnWhileTheDockerEngineOfTheirNodeIsStartedAnew() {
        Map<String, String> before = containers(kubectl.namespace());
        assertThat(before).hasSize(5);
        String node = field("pod/restarted", ".spec.nodeName");
        Optional<String> engine = Stack.engine(node);
        try (SteadyRequests requests = requests()) {
            Stack.killEngine(node);
            eventually("there is another engine").until(() -> Stack.engine(node)
                    .filter(each -> !Optional.of(each).equals(engine))
                    .isPresent());
            eventually("commands run on that node")
                    .until(() -> kubectl.call("", Map.of(), "exec", "restarted", "--", "echo", "hello")
                            .output()
                            .equals("hello\n"));
            kubectl.apply(pod("newcomer", stay(), "nodeSelector: { kubernetes.io/hostname: " + node + " }"));
            awaitPods("a new pod runs there", PodTest::isReady, "newcomer");
            assertThat(containers(kubectl.namespace()))
                    .containsAllEntriesOf(before)
                    .hasSize(6);
            assertThat(requests.failures()).isEmpty();
        }
        allPods().forEach((name, pod) -> assertThat(
                        container(pod).path("restartCount").asInt(-1))
                .as(name)
                .isZero());
        kubectl.run("delete", "pod", "newcomer");
    }

    @Test
    @Order(2)
    void podsGoOnWhileTheApiServerIsAwayAndNothingRunsTwice() {
        Map<String, String> before = containers(kubectl.namespace());
        assertThat(before).hasSize(5);
        String node = field("pod/restarted", ".spec.nodeName");
        String ill = idOf("restarted", before);
        Map<String, String> uids = uids();
        try (SteadyRequests requests = requests()) {
            Stack.stop("apiserver");
            Stack.killContainer(node, ill);
            await("the container is started again by its node alone, and the outage lasts")
                    .pollDelay(AWAY)
                    .atMost(AWAY.plusSeconds(120))
                    .untilAsserted(
                            () -> assertThat(containers(kubectl.namespace()).values())
                                    .containsExactlyInAnyOrderElementsOf(before.values()));
            Stack.start("apiserver");
            eventually("the API server is healthy").until(() -> Stack.isHealthy("apiserver"));
            eventually("the restart is told")
                    .until(() -> container(get("pod", "restarted"))
                                    .path("restartCount")
                                    .asInt()
                            == 1);
            kubectl.run("scale", "deployment/web", "--replicas=6");
            kubectl.run("rollout", "status", "deployment/web", "--timeout=110s");
            awaitPods("they are ready", PodTest::isReady);
            assertThat(requests.failures()).isEmpty();
        }
        assertThat(uids()).as("no pod was taken for lost").containsAllEntriesOf(uids);
        Map<String, String> after = containers(kubectl.namespace());
        assertThat(after.values()).doesNotHaveDuplicates().hasSize(7);
        before.remove(ill);
        assertThat(after).containsAllEntriesOf(before);
        eventually("the nodes are well and not tainted").untilAsserted(() -> {
            for (String each : NODES) {
                JsonNode now = get("node", each);
                assertThat(isReady(now)).as(each).isTrue();
                assertThat(now.at("/spec/taints")).as(each).isEmpty();
            }
        });
    }

    @Test
    @Order(3)
    void podsDoNotNoticeThatTheDaemonOfTheirNodeDiesAndIsStartedAgain() {
        String node = field("pod/restarted", ".spec.nodeName");
        kubectl.apply(pod("probed", stay() + """
                readinessProbe:
                  exec: { command: [test, "!", -e, /tmp/busy] }
                  periodSeconds: 1
                  timeoutSeconds: 20
                livenessProbe:
                  exec: { command: [test, "!", -e, /tmp/ill] }
                  periodSeconds: 1
                  timeoutSeconds: 20
                """, "nodeSelector: { kubernetes.io/hostname: " + node + " }\n")
                .replace("restartPolicy: Never", "restartPolicy: Always"));
        Map<String, JsonNode> pods = awaitPods("they are ready", PodTest::isReady);
        Map<String, String> before = containers(kubectl.namespace());
        String ready = sinceReady(get("node", node));
        Optional<String> daemon = Stack.daemon(node);
        Duration silent;
        try (SteadyRequests requests = requests()) {
            Instant killed = clock.instant();
            Stack.killDaemon(node);
            eventually("there is another daemon, and it is well")
                    .until(() -> Stack.daemon(node)
                                    .filter(each -> !Optional.of(each).equals(daemon))
                                    .isPresent()
                            && Stack.nodeIsHealthy(node));
            silent = Duration.between(killed, clock.instant());
            kubectl.apply(pod("newcomer", stay(), "nodeSelector: { kubernetes.io/hostname: " + node + " }"));
            awaitPods("a new pod runs there", PodTest::isReady, "newcomer");
            assertThat(requests.failures()).isEmpty();
        }
        assertThat(containers(kubectl.namespace())).containsAllEntriesOf(before).hasSize(before.size() + 1);
        Map<String, JsonNode> after = allPods();
        for (String name : List.of("probed", "restarted")) {
            assertThat(container(after.get(name)).path("restartCount"))
                    .as(name)
                    .isEqualTo(container(pods.get(name)).path("restartCount"));
        }
        if (silent.compareTo(BELIEVED) < 0) {
            // on a machine that is slower the node is taken for lost in between
            for (String name : List.of("probed", "restarted")) {
                assertThat(sinceReady(after.get(name))).as(name).isEqualTo(sinceReady(pods.get(name)));
            }
            assertThat(sinceReady(get("node", node))).isEqualTo(ready);
        }

        exec("probed", "touch /tmp/busy");
        awaitPods("it is asked whether it is ready", pod -> !isReady(pod), "probed");
        exec("probed", "rm /tmp/busy; touch /tmp/ill");
        awaitPods(
                "it is asked whether it is well, and started again",
                pod -> container(pod).path("restartCount").asInt() == 1 && isReady(pod),
                "probed");
    }

    /** Since when something is ready without a break. */
    private static String sinceReady(JsonNode object) {
        JsonNode condition = condition(object, "Ready");
        assertThat(condition.path("status").asString()).isEqualTo("True");
        return condition.path("lastTransitionTime").asString();
    }

    private static String idOf(String pod, Map<String, String> containers) {
        return containers.entrySet().stream()
                .filter(each -> each.getValue().equals(pod))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    private Map<String, String> uids() {
        Map<String, String> uids = new HashMap<>();
        allPods()
                .forEach((name, pod) ->
                        uids.put(name, pod.path("metadata").path("uid").asString()));
        return Collections.unmodifiableMap(uids);
    }
}
