package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;

/**
 * What happens to the machine happens to its pods: its disk fills up, it is turned off. "Node-pressure Eviction" and "Graceful node
 * shutdown" in the documentation. The node has a small disk for its pods, and settings of its own.
 */
@Isolated
@Order(Integer.MAX_VALUE - 2)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeAsMachineE2E extends PodTest {

    private static final String NODE = "node-2";
    private static final String OTHER = "node-1";
    private static final int DISK_MEBIBYTES = 64;
    private static final String SETTINGS = """
            kybern:
              node-daemon:
                eviction-hard: memory.available<100Mi,nodefs.available<25%,nodefs.inodesFree<5%
                eviction-pressure-transition-period: 5s
                shutdown-grace-period: 40s
                shutdown-grace-period-critical-pods: 15s
            """;

    private static final String THERE = "nodeSelector: { kubernetes.io/hostname: " + NODE + " }\n";
    private static final String SCRATCH = "volumes: [{ name: scratch, emptyDir: {} }]\n";
    private static final String MOUNTED = "volumeMounts: [{ name: scratch, mountPath: /scratch }]\n";
    private static final String CRITICAL = "priorityClassName: system-node-critical\n";

    private final Kubectl cluster = new Kubectl("default");
    private boolean changed;

    @BeforeAll
    void makeTheNodeSmall() {
        cluster.run("drain", NODE, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=110s");
        changed = true;
        Stack.configure(NODE, SETTINGS);
        Stack.cutOff(NODE);
        comeBack();
        Stack.mountSmallDisk(NODE, DISK_MEBIBYTES);
        cluster.run("uncordon", NODE);
    }

    @AfterAll
    void giveTheNodeBack() {
        Stack.start(NODE);
        kubectl.run("delete", "deployments,pods", "--all", "--grace-period=1", "--timeout=100s");
        if (changed) {
            Stack.configureNoMore(NODE);
            Stack.cutOff(NODE);
            comeBack();
        }
        cluster.run("uncordon", NODE);
    }

    private void comeBack() {
        Stack.start(NODE);
        eventually(NODE + " is well").until(() -> Stack.nodeIsHealthy(NODE));
        eventually(NODE + " is Ready and nothing is short").untilAsserted(() -> {
            JsonNode node = get("node", NODE);
            assertThat(isReady(node)).isTrue();
            assertThat(status(node, "DiskPressure")).isEqualTo("False");
            assertThat(node.at("/spec/taints").findValuesAsString("key"))
                    .doesNotContain("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable");
        });
    }

    private static String status(JsonNode node, String type) {
        return condition(node, type).path("status").asString();
    }

    private void fill(String pod, int mebibytes) {
        exec(pod, "dd if=/dev/zero of=/scratch/file bs=1M count=" + mebibytes + " 2> /dev/null; true");
    }

    @Test
    @Order(1)
    void aPodThatFillsTheDiskGoesAndItsPlaceIsFreeAgain() {
        kubectl.apply(pod("over", script("echo said"), THERE)
                + pod("greedy", stay() + MOUNTED, THERE + SCRATCH)
                + pod(
                        "modest",
                        stay() + MOUNTED + "resources: { requests: { ephemeral-storage: 20Mi } }\n",
                        THERE + SCRATCH)
                + pod("another", stay() + MOUNTED, THERE + SCRATCH)
                + pod("needed", stay() + MOUNTED, THERE + SCRATCH + CRITICAL));
        awaitPods("all run or have ended", PodTest::isReadyOrHasEnded, "over", "greedy", "modest", "another", "needed");
        fill("modest", 4);
        fill("needed", 4);
        assertThat(Stack.podsWithContainers(NODE, kubectl.namespace())).contains("over");

        // until there is no space left
        fill("greedy", 2 * DISK_MEBIBYTES);
        JsonNode evicted =
                awaitPods("it is evicted", PodTest::hasEnded, "greedy").get("greedy");
        assertThat(evicted.at("/status/reason").asString()).isEqualTo("Evicted");
        assertThat(evicted.at("/status/message").asString())
                .startsWith("The node was low on resource: ephemeral-storage. Threshold quantity: 16Mi, available: ");
        assertThat(condition(evicted, "DisruptionTarget").path("reason").asString())
                .isEqualTo("TerminationByKubelet");
        eventually("its files are gone").until(() -> Stack.freeDisk(NODE) > (DISK_MEBIBYTES - 16) * 1024L);
        eventually("its containers are gone, and those of a pod that was over before")
                .untilAsserted(() -> assertThat(Stack.podsWithContainers(NODE, kubectl.namespace()))
                        .containsExactlyInAnyOrder("modest", "another", "needed"));
        assertThat(phase(get("pod", "over"))).isEqualTo("Succeeded");
        awaitPods("there was room without them", PodTest::isReady, "modest", "another", "needed");
    }

    @Test
    @Order(2)
    void aNodeWithAFullDiskTakesNoPodsUntilThereIsRoomAgain() {
        fill("another", 8);
        fill("modest", 4);
        fill("needed", 2 * DISK_MEBIBYTES);
        eventually("the node says so").untilAsserted(() -> {
            JsonNode node = get("node", NODE);
            assertThat(status(node, "DiskPressure")).isEqualTo("True");
            assertThat(condition(node, "DiskPressure").path("reason").asString())
                    .isEqualTo("KubeletHasDiskPressure");
            assertThat(isReady(node)).isTrue();
            assertThat(node.at("/spec/taints").findValuesAsString("key")).contains("node.kubernetes.io/disk-pressure");
        });
        Map<String, JsonNode> evicted = awaitPods("they go in turn", PodTest::hasEnded, "another", "modest");
        assertThat(Instant.parse(disruptedAt(evicted.get("another"))))
                .as("who takes more than it asked for goes before who does not")
                .isBefore(Instant.parse(disruptedAt(evicted.get("modest"))));
        kubectl.apply(pod("newcomer", stay(), THERE));
        eventually("the scheduler says why it waits")
                .untilAsserted(() -> assertThat(kubectl.run("describe", "pod", "newcomer"))
                        .contains("1 node(s) had untolerated taint(s)"));
        assertThat(phase(get("pod", "needed")))
                .as("the cluster cannot do without it")
                .isEqualTo("Running");

        exec("needed", "rm /scratch/file");
        awaitPods("there is room again", PodTest::isReady, "newcomer");
        JsonNode node = get("node", NODE);
        assertThat(status(node, "DiskPressure")).isEqualTo("False");
        assertThat(node.at("/spec/taints")).isEmpty();
    }

    private static String disruptedAt(JsonNode pod) {
        return condition(pod, "DisruptionTarget").path("lastTransitionTime").asString();
    }

    @Test
    @Order(3)
    void aMachineThatIsTurnedOffEndsItsPodsInOrderAndComesBack() {
        deployWeb("web", 4);
        assertThat(nodesOf("web")).contains(NODE);
        kubectl.apply(pod(
                        "ordinary",
                        script("trap \"sleep 2; echo bye; exit 0\" TERM; while true; do sleep 1; done"),
                        THERE + "terminationGracePeriodSeconds: 20")
                .replace("  terminationGracePeriodSeconds: 1\n", ""));
        awaitPods("they run", PodTest::isReady, "ordinary", "needed");

        // they hold at the start of the daemon only: when it comes back it is as it was
        Stack.configureNoMore(NODE);
        Stack.stop(NODE, Duration.ofSeconds(90));

        Map<String, JsonNode> pods = allPods();
        for (String name : List.of("ordinary", "needed", "newcomer")) {
            JsonNode pod = pods.get(name);
            assertThat(phase(pod)).as(name).isEqualTo("Failed");
            assertThat(pod.at("/status/reason").asString()).as(name).isEqualTo("Terminated");
            assertThat(pod.at("/status/message").asString())
                    .as(name)
                    .isEqualTo("Pod was terminated in response to imminent node shutdown.");
        }
        assertThat(container(pods.get("ordinary"))
                        .at("/state/terminated/exitCode")
                        .asInt(-1))
                .as("it had its time")
                .isZero();
        assertThat(endedAt(pods.get("needed")))
                .as("what the cluster cannot do without goes last")
                .isAfterOrEqualTo(endedAt(pods.get("ordinary")));
        eventually("it is known to be off").until(() -> !isReady(get("node", NODE)));
        eventually("other pods took the place of the Deployment's").untilAsserted(() -> {
            List<JsonNode> ready = new ArrayList<>(allPods().values());
            ready.removeIf(pod ->
                    !isReady(pod) || !pod.at("/metadata/labels/app").asString().equals("web"));
            assertThat(ready).hasSize(4);
            assertThat(ready)
                    .allMatch(pod -> pod.at("/spec/nodeName").asString().equals(OTHER));
        });

        comeBack();
        changed = false;
        assertThat(phase(get("pod", "ordinary"))).as("it is over").isEqualTo("Failed");
        kubectl.apply(pod("afterwards", stay(), THERE));
        awaitPods("the node takes pods again", PodTest::isReady, "afterwards");
        assertThat(Stack.runningContainers(NODE, kubectl.namespace()).values()).containsExactly("afterwards");
    }

    private List<String> nodesOf(String app) {
        return allPods().values().stream()
                .filter(pod -> pod.at("/metadata/labels/app").asString().equals(app))
                .map(pod -> pod.at("/spec/nodeName").asString())
                .toList();
    }

    private static Instant endedAt(JsonNode pod) {
        return Instant.parse(container(pod).at("/state/terminated/finishedAt").asString());
    }
}
