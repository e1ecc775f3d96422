package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pods that make room for more important ones. The resource is the test's own, so nobody else's pods are concerned. */
class PreemptionE2E extends ClusterTest {

    private final String resource = kubectl.namespace() + ".example.com~1seat";
    private final String important = kubectl.namespace() + "-important";

    @BeforeAll
    void offerSeats() {
        kubectl.run("create", "priorityclass", important, "--value=1000", "--description=for this test");
        seats("[{\"op\":\"add\",\"path\":\"/status/capacity/%s\",\"value\":\"1\"},"
                + "{\"op\":\"add\",\"path\":\"/status/allocatable/%s\",\"value\":\"1\"}]");
    }

    @AfterAll
    void takeSeatsAway() {
        seats("[{\"op\":\"remove\",\"path\":\"/status/capacity/%s\"}]");
        kubectl.run("delete", "priorityclass", important);
    }

    private void seats(String patch) {
        kubectl.run(
                "patch",
                "node",
                "node-1",
                "--subresource=status",
                "--type=json",
                "-p",
                patch.formatted(resource, resource));
    }

    @Test
    void aPodLeavesForAMoreImportantOneAndIsToldWhy() {
        seated("modest", "");
        kubectl.run("wait", "pod/modest", "--for=condition=Ready", "--timeout=110s");
        try (Background changes = kubectl.start("get", "pods", "-w", "-o", "json")) {
            changes.says("modest");
            seated("grand", "priorityClassName: " + important);
            changes.says("PreemptionByScheduler");
        }
        kubectl.run("wait", "pod/grand", "--for=condition=Ready", "--timeout=110s");

        assertThat(kubectl.refused("get", "pod", "modest")).contains("NotFound");
        assertThat(kubectl.run("get", "events", "--field-selector=involvedObject.name=modest,reason=Preempted"))
                .contains("Preempted by pod");
    }

    @Test
    void whatTheClusterNeedsComesBeforeEverybodyElse() {
        seated("meek", "");
        kubectl.run("wait", "pod/meek", "--for=condition=PodScheduled", "--timeout=110s");
        String critical = kubectl.namespace() + "-critical";
        Kubectl system = new Kubectl("kube-system");
        try {
            system.apply(pod(critical, "priorityClassName: system-cluster-critical"));
            eventually("it has the place").untilAsserted(() -> assertThat(
                            system.run("get", "pod", critical, "-o", "jsonpath={.spec.nodeName}/{.spec.priority}"))
                    .isEqualTo("node-1/2000000000"));
        } finally {
            system.run("delete", "pod", critical, "--now", "--ignore-not-found");
        }
        assertThat(kubectl.refused("get", "pod", "meek")).contains("NotFound");
    }

    @Test
    void controllersOfLessImportantPodsWaitUntilThereIsRoomAgain() {
        set("small", "");
        eventually("the first has the seat")
                .untilAsserted(() -> assertThat(field("replicaset/small", ".status.readyReplicas"))
                        .isEqualTo("1"));
        set("large", "priorityClassName: " + important);
        eventually("the more important one has it")
                .untilAsserted(() -> assertThat(field("replicaset/large", ".status.readyReplicas"))
                        .isEqualTo("1"));
        eventually("the other has none")
                .untilAsserted(() -> assertThat(field("replicaset/small", ".status.readyReplicas"))
                        .isIn("", "0"));
        kubectl.run("delete", "replicaset", "large");
        eventually("there is room again")
                .untilAsserted(() -> assertThat(field("replicaset/small", ".status.readyReplicas"))
                        .isEqualTo("1"));
    }

    private void set(String name, String more) {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: ReplicaSet
                metadata: { name: %1$s }
                spec:
                  replicas: 1
                  selector: { matchLabels: { app: %1$s } }
                  template:
                    metadata: { labels: { app: %1$s } }
                """.formatted(name) + spec(more).indent(4));
    }

    @Test
    void theValueOfAClassStays() {
        String stays = "may not be changed in an update";
        assertThat(kubectl.refused("patch", "priorityclass", important, "-p", "{\"value\":2000}"))
                .contains("value", stays);
        String other = kubectl.run("get", "priorityclass", important, "-o", "json")
                .replace("\"value\": 1000", "\"value\": 2000");
        assertThat(kubectl.call(other, Map.of(), "replace", "-f", "-").error()).contains("value", stays);
        kubectl.run("patch", "priorityclass", important, "-p", "{\"description\":\"changed\"}");
        assertThat(field("priorityclass/" + important, ".value")).isEqualTo("1000");
    }

    @AfterEach
    void leave() {
        kubectl.run("delete", "replicasets,pods", "--all", "--now");
    }

    private void seated(String name, String more) {
        kubectl.apply(pod(name, more));
    }

    private String pod(String name, String more) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: { name: %s }
                """.formatted(name) + spec(more);
    }

    private String spec(String more) {
        return """
                spec:
                  %s
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: main
                    image: %s
                    imagePullPolicy: IfNotPresent
                    command: [sleep, "600"]
                    resources: { limits: { "%s": 1 } }
                """.formatted(more, IMAGE, resource.replace("~1", "/"));
    }
}
