package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Where pods may run: cordon, drain, taints, selectors; "Safely Drain a Node" and "Taints and Tolerations" in the documentation. */
@Isolated
@Order(Integer.MAX_VALUE - 10)
class NodesE2E extends ClusterTest {

    private static final String NODE = "node-2";

    private final Kubectl cluster = new Kubectl("default");

    @AfterEach
    void restore() {
        cluster.call("", Map.of(), "uncordon", NODE);
        cluster.call("", Map.of(), "taint", "node", NODE, "reserved-");
        cluster.call("", Map.of(), "taint", "node", NODE, "first-");
        cluster.call("", Map.of(), "label", "node", NODE, "disk-");
    }

    private List<String> nodesOf(String app) {
        return Arrays.asList(kubectl.run("get", "pods", "-l", "app=" + app, "-o", "jsonpath={.items[*].spec.nodeName}")
                .split(" "));
    }

    private void pod(String name, String spec) {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: %1$s, labels: { app: %1$s } }
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{ name: c, image: %2$s, command: [sleep, "1000"] }]
                  %3$s
                """.formatted(name, IMAGE, spec));
    }

    @Test
    void aCordonedNodeGetsNoNewPod() {
        assertThat(cluster.run("cordon", NODE)).isEqualTo("node/" + NODE + " cordoned");
        assertThat(cluster.run("get", "node", NODE, "--no-headers")).contains("Ready,SchedulingDisabled");
        pod("wants", "nodeSelector: { kubernetes.io/hostname: " + NODE + " }");
        eventually("the scheduler says why it waits").untilAsserted(() -> assertThat(
                        kubectl.run("describe", "pod", "wants"))
                .containsPattern(
                        "Warning +FailedScheduling .*0/\\d+ nodes are available: .*1 node\\(s\\) were unschedulable"));
        eventually("so does the pod").untilAsserted(() -> assertThat(
                        field("pod/wants", ".status.conditions[?(@.type==\"PodScheduled\")].reason"))
                .isEqualTo("Unschedulable"));
        assertThat(cluster.run("uncordon", NODE)).isEqualTo("node/" + NODE + " uncordoned");
        kubectl.run("wait", "--for=condition=Ready", "pod/wants", "--timeout=100s");
    }

    @Test
    void aNodesEventsTellWhetherItTakesPods() {
        long notSchedulable = told("NodeNotSchedulable");
        cluster.run("cordon", NODE);
        eventually("the node says that it takes no pods")
                .untilAsserted(() -> assertThat(told("NodeNotSchedulable")).isGreaterThan(notSchedulable));
        long schedulable = told("NodeSchedulable");
        cluster.run("uncordon", NODE);
        eventually("the node says that it takes pods again")
                .untilAsserted(() -> assertThat(told("NodeSchedulable")).isGreaterThan(schedulable));
        for (String reason : List.of("NodeNotSchedulable", "NodeSchedulable")) {
            assertThat(cluster.run("describe", "node", NODE))
                    .containsPattern("Normal +" + reason + " .* kubelet +Node " + NODE + " status is now: " + reason);
        }
    }

    /** How many times an event of that reason was told of the node: other tests turn it away, too. */
    private long told(String reason) {
        String counts = cluster.run(
                "get",
                "events",
                "--field-selector=involvedObject.kind=Node,involvedObject.name=" + NODE + ",reason=" + reason,
                "-o",
                "jsonpath={.items[*].count}");
        return Arrays.stream(counts.split(" "))
                .filter(count -> !count.isEmpty())
                .mapToLong(Long::parseLong)
                .sum();
    }

    @Test
    void aDrainedNodesPodsMoveAndItComesBack() {
        deployWeb("moving", 4);
        assertThat(nodesOf("moving")).contains(NODE);
        pod("bare", "nodeSelector: { kubernetes.io/hostname: " + NODE + " }");
        kubectl.run("wait", "--for=condition=Ready", "pod/bare", "--timeout=100s");
        assertThat(cluster.call("", Map.of(), "drain", NODE, "--ignore-daemonsets", "--timeout=60s")
                        .error())
                // perhaps not alone: the last pods of others may still be ending
                .contains(
                        "cannot delete Pods that declare no controller (use --force to override): ",
                        kubectl.namespace() + "/bare");
        String drained = cluster.run(
                "drain", NODE, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=100s");
        assertThat(drained).contains("evicting pod " + kubectl.namespace() + "/bare", "node/" + NODE + " drained");
        assertThat(kubectl.call("", Map.of(), "get", "pod", "bare").error()).contains("NotFound");
        kubectl.run("rollout", "status", "deployment/moving", "--timeout=100s");
        eventually("all of them are elsewhere")
                .untilAsserted(() -> assertThat(nodesOf("moving")).hasSize(4).doesNotContain(NODE));
        kubectl.run("rollout", "status", "deployment/moving", "--timeout=100s");
        cluster.run("uncordon", NODE);
        kubectl.run("scale", "deployment/moving", "--replicas=8");
        kubectl.run("rollout", "status", "deployment/moving", "--timeout=100s");
        assertThat(nodesOf("moving")).as("the emptier node is preferred").contains(NODE);
        kubectl.run("delete", "deployment", "moving");
    }

    @Test
    void taintsKeepPodsAwayAndDriveThemOut() {
        cluster.run("taint", "node", NODE, "reserved=yes:NoSchedule");
        pod("untolerant", "nodeSelector: { kubernetes.io/hostname: " + NODE + " }");
        eventually("the scheduler says why it waits")
                .untilAsserted(() -> assertThat(kubectl.run("describe", "pod", "untolerant"))
                        .contains("1 node(s) had untolerated taint(s)"));
        pod(
                "tolerant",
                "nodeSelector: { kubernetes.io/hostname: " + NODE
                        + " }\n  tolerations: [{ key: reserved, operator: Exists }]");
        kubectl.run("wait", "--for=condition=Ready", "pod/tolerant", "--timeout=100s");
        cluster.run("taint", "node", NODE, "reserved=yes:NoSchedule-");
        kubectl.run("wait", "--for=condition=Ready", "pod/untolerant", "--timeout=100s");
        cluster.run("taint", "node", NODE, "reserved=yes:NoExecute");
        kubectl.run("wait", "--for=delete", "pod/untolerant", "--timeout=100s");
        assertThat(field("pod/tolerant", ".status.phase")).isEqualTo("Running");
    }

    @Test
    void aPodLeavesWhenItsTolerationIsOverAndStaysIfTheTaintGoesBefore() {
        String key = "{ key: %s, operator: Exists, effect: NoExecute, %s }";
        String there = "nodeSelector: { kubernetes.io/hostname: " + NODE + " }\n  tolerations: [%s, %s]";
        pod("spared", there.formatted(key.formatted("first", "tolerationSeconds: 30"), key.formatted("reserved", "")));
        pod("hasty", there.formatted(key.formatted("first", ""), key.formatted("reserved", "tolerationSeconds: 2")));
        pod("patient", there.formatted(key.formatted("first", ""), key.formatted("reserved", "tolerationSeconds: 35")));
        kubectl.run("wait", "--for=condition=Ready", "pod/spared", "pod/hasty", "pod/patient", "--timeout=100s");
        String spared = field("pod/spared", ".metadata.uid");
        cluster.run("taint", "node", NODE, "first=yes:NoExecute");
        cluster.run("taint", "node", NODE, "first=yes:NoExecute-", "reserved=yes:NoExecute");
        kubectl.run("wait", "--for=delete", "pod/hasty", "--timeout=100s");
        kubectl.run("wait", "--for=delete", "pod/patient", "--timeout=100s");
        assertThat(field("pod/spared", ".metadata.uid") + field("pod/spared", ".metadata.deletionTimestamp"))
                .as("its time would have ended before the other's, but the taint went")
                .isEqualTo(spared);
    }

    @Test
    void nodesLive() {
        try (ClusterApi api = ClusterApi.open(kubectl)) {
            String own = kubectl.namespace();
            new ObjectLife(
                            api,
                            "/api/v1/nodes",
                            own,
                            List.of(own + "-a", own + "-b"),
                            "spec: { unschedulable: true, taints: [{ key: e2e, effect: NoSchedule }] }")
                    .liveWithStatus(
                            "{\"status\":{\"capacity\":{\"e2e.example.com/x\":\"5\"}}}",
                            "/status/capacity/e2e.example.com~1x",
                            "5");
        }
    }

    @Test
    void aPodWaitsForTheNodeThatItsLabelsAskFor() {
        pod("picky", "nodeSelector: { disk: fast }");
        eventually("the scheduler says why it waits")
                .untilAsserted(() -> assertThat(kubectl.run("describe", "pod", "picky"))
                        .contains("node(s) didn't match Pod's node affinity/selector"));
        cluster.run("label", "node", NODE, "disk=fast");
        kubectl.run("wait", "--for=condition=Ready", "pod/picky", "--timeout=100s");
        assertThat(field("pod/picky", ".spec.nodeName")).isEqualTo(NODE);
    }
}
