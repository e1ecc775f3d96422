package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node loses its power and comes back later. What has to happen is in the Kubernetes documentation under "Nodes: heartbeats" and
 * "Taints and Tolerations: taint based evictions". Runs after the classes that want every node.
 */
@Isolated
@Order(Integer.MAX_VALUE - 1)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeLossE2E extends ClusterTest {

    private static final Logger log = LoggerFactory.getLogger(NodeLossE2E.class);

    private static final String LOST = "node-2";
    private static final String LEFT = "node-1";

    /** What node controller and proxy may take once the node is called lost, on a slow machine. */
    private static final Duration TO_REACT = Duration.ofSeconds(30);

    private final Kubectl cluster = new Kubectl("default");
    private final Clock clock = Clock.systemUTC();
    private SteadyRequests requests;

    @BeforeAll
    void deploy() {
        deployWeb("web", 4, 2, toleratingLostNodes("tolerationSeconds: 5"));
        kubectl.run("expose", "deployment", "web", "--port=80", "--target-port=8080", "--type=NodePort");
        deployWeb("patient", 1, 2, toleratingLostNodes("") + "nodeSelector: { kubernetes.io/hostname: " + LOST + " }");
        kubectl.run("expose", "deployment", "patient", "--port=80", "--target-port=8080");
        assertThat(nodesOf("web")).contains(LOST, LEFT);
        int port = Integer.parseInt(field("service/web", ".spec.ports[0].nodePort"));
        String address = cluster.run(
                "get", "node", LEFT, "-o", "jsonpath={.status.addresses[?(@.type==\"InternalIP\")].address}");
        requests = SteadyRequests.to(address, port);
        eventually("the Service answers").until(() -> requests.answers() > 20);
        assertThat(requests.failures()).isEmpty();
    }

    private static String toleratingLostNodes(String limit) {
        return """
                tolerations:
                - { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, %1$s }
                - { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, %1$s }
                """.formatted(limit);
    }

    @AfterAll
    void giveTheNodeBack() {
        if (requests != null) {
            requests.close();
        }
        Stack.start(LOST);
        eventually(LOST + " is Ready again")
                .until(() -> condition(LOST, "Ready").equals("True"));
    }

    @Test
    @Order(1)
    void aLostNodeIsNoticedAndItsPodsAreReplaced() {
        Instant lost = clock.instant();
        Stack.cutOff(LOST);
        eventually("the node is unknown").until(() -> condition(LOST, "Ready").equals("Unknown"));
        Instant noticed = clock.instant();
        assertThat(cluster.run("get", "node", LOST, "--no-headers")).contains(" NotReady ");
        for (String type : List.of("MemoryPressure", "DiskPressure", "PIDPressure")) {
            assertThat(condition(LOST, type)).as(type).isEqualTo("Unknown");
        }
        eventually("the node is tainted").untilAsserted(() -> assertThat(taints(LOST))
                .containsExactlyInAnyOrder(
                        "node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"));
        eventually("the Service has left the node's pods")
                .untilAsserted(() ->
                        assertThat(nodesOfReadyEndpoints("web")).isNotEmpty().doesNotContain(LOST));
        Instant left = clock.instant();
        eventually("all pods are ready on the other node")
                .untilAsserted(() ->
                        assertThat(nodesOfReadyEndpoints("web")).hasSize(4).containsOnly(LEFT));
        Instant replaced = clock.instant();

        eventually("the Deployment has counted them")
                .untilAsserted(() -> assertThat(field("deployment/web", ".status.readyReplicas"))
                        .isEqualTo("4"));
        eventually("all proxies have had their time")
                .until(() -> clock.instant().isAfter(left.plus(TO_REACT)));
        long before = requests.answers();
        eventually("the Service goes on").until(() -> requests.answers() > before + 100);
        assertThat(requests.failuresAfter(left.plus(TO_REACT))).isEmpty();
        log.atInfo()
                .addKeyValue("noticed", Duration.between(lost, noticed))
                .addKeyValue("leftByService", Duration.between(lost, left))
                .addKeyValue("replaced", Duration.between(lost, replaced))
                .addKeyValue("failures", requests.failures().size())
                .log("a node was lost");
    }

    @Test
    @Order(2)
    void podsThatTolerateTheLossStayAndAreNotReady() {
        String pod = pods("patient").getFirst();
        assertThat(field("pod/" + pod, ".metadata.deletionTimestamp")).isEmpty();
        eventually("it is not ready")
                .untilAsserted(() -> assertThat(field("pod/" + pod, ".status.conditions[?(@.type==\"Ready\")].status"))
                        .isEqualTo("False"));
        eventually("nobody is sent there").untilAsserted(() -> assertThat(nodesOfReadyEndpoints("patient"))
                .isEmpty());
    }

    @Test
    @Order(3)
    void theNodeReturnsCleanAndItsPatientPodsAreReadyAgain() {
        Instant back = clock.instant();
        Stack.start(LOST);
        eventually("the node is ready").until(() -> condition(LOST, "Ready").equals("True"));
        Instant ready = clock.instant();
        eventually("the taints are gone")
                .untilAsserted(() -> assertThat(taints(LOST)).isEmpty());
        eventually("the pods that were replaced are gone")
                .untilAsserted(() -> assertThat(pods("web")).hasSize(4));
        String pod = pods("patient").getFirst();
        eventually("their containers are gone, those of the pod that stayed run")
                .untilAsserted(() -> assertThat(Stack.podsWithContainers(LOST, kubectl.namespace()))
                        .containsExactly(pod));
        eventually("the pod that stayed serves again").untilAsserted(() -> assertThat(nodesOfReadyEndpoints("patient"))
                .containsExactly(LOST));
        log.atInfo()
                .addKeyValue("ready", Duration.between(back, ready))
                .addKeyValue("podServes", Duration.between(back, clock.instant()))
                .log("a node came back");
        assertThat(field("pod/" + pod, ".status.conditions[?(@.type==\"Ready\")].status"))
                .isEqualTo("True");
        String address = field("service/patient", ".spec.clusterIP");
        eventually("the other nodes know").untilAsserted(() -> assertThat(kubectl.run(
                        "exec", pods("web").getFirst(), "--", "wget", "-T", "5", "-qO-", "http://" + address + "/"))
                .isEqualTo(pod));
    }

    @Test
    @Order(4)
    void theNodeTakesNewPodsAndNoRequestIsLostByItsReturn() {
        Instant now = clock.instant();
        kubectl.run("scale", "deployment/patient", "--replicas=2");
        eventually("another pod runs there").untilAsserted(() -> assertThat(nodesOfReadyEndpoints("patient"))
                .containsExactly(LOST, LOST));
        long before = requests.answers();
        eventually("the Service goes on").until(() -> requests.answers() > before + 20);
        assertThat(requests.failuresAfter(now.minusSeconds(10))).isEmpty();
    }

    private String condition(String node, String type) {
        return cluster.run(
                "get", "node", node, "-o", "jsonpath={.status.conditions[?(@.type==\"" + type + "\")].status}");
    }

    private List<String> taints(String node) {
        String taints =
                cluster.run("get", "node", node, "-o", "jsonpath={range .spec.taints[*]}{.key}:{.effect} {end}");
        return words(taints);
    }

    private List<String> nodesOf(String app) {
        return words(kubectl.run("get", "pods", "-l", "app=" + app, "-o", "jsonpath={.items[*].spec.nodeName}"));
    }

    /** The nodes of the endpoints that a Service's requests may go to, one for each. */
    private List<String> nodesOfReadyEndpoints(String service) {
        return words(kubectl.run(
                "get",
                "endpointslices",
                "-l",
                "kubernetes.io/service-name=" + service,
                "-o",
                "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].nodeName}"));
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split("\\s+")).filter(word -> !word.isEmpty()).toList();
    }
}
