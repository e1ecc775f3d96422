package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** DaemonSets: a pod on every node that is wanted. */
class DaemonSetsE2E extends ClusterTest {

    /**
     * Creates a DaemonSet.
     *
     * @param selector the labels of its nodes, as a map in YAML
     */
    private void set(String name, String selector) {
        kubectl.apply("""
                apiVersion: apps/v1
                kind: DaemonSet
                metadata: { name: %1$s }
                spec:
                  selector: { matchLabels: { app: %1$s } }
                  template:
                    metadata: { labels: { app: %1$s } }
                    spec:
                      nodeSelector: %3$s
                      terminationGracePeriodSeconds: 1
                      containers:
                      - { name: c, image: %2$s, imagePullPolicy: IfNotPresent, command: [sh, -c, "sleep 3600"] }
                """.formatted(name, IMAGE, selector));
    }

    private void rolledOut(String name) {
        kubectl.run("rollout", "status", "daemonset/" + name, "--timeout=110s");
    }

    private List<String> nodes() {
        return List.of(kubectl.run("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}")
                .split(" "));
    }

    /** The nodes of the pods that are there to stay, sorted. */
    private List<String> places(String app) {
        String places = kubectl.run(
                "get",
                "pods",
                "-l",
                "app=" + app,
                "-o",
                "go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.spec.nodeName}} {{end}}{{end}}");
        return places.isBlank()
                ? List.of()
                : List.of(places.strip().split(" ")).stream().sorted().toList();
    }

    @Test
    void everyNodeHasAPodAndGetsAnotherOneWhenItIsDeleted() {
        set("agent", "{}");
        rolledOut("agent");
        assertThat(places("agent")).isEqualTo(nodes());
        String first = pods("agent").getFirst();
        kubectl.run("delete", "pod", first);
        eventually("another pod is in its place").untilAsserted(() -> {
            assertThat(pods("agent")).doesNotContain(first);
            assertThat(places("agent")).isEqualTo(nodes());
        });
        rolledOut("agent");
        assertThat(field("daemonset/agent", ".status.numberAvailable")).isEqualTo(Integer.toString(nodes().size()));
    }

    @Test
    void podsFollowTheLabelsOfNodes() {
        String label = "e2e.kybern.io/" + kubectl.namespace();
        String node = nodes().getFirst();
        set("some", "{ " + label + ": \"yes\" }");
        eventually("the set has been looked at")
                .untilAsserted(() -> assertThat(field("daemonset/some", ".status.observedGeneration"))
                        .isEqualTo("1"));
        assertThat(places("some")).isEmpty();
        try {
            kubectl.run("label", "node", node, label + "=yes");
            eventually("the node has a pod")
                    .untilAsserted(() -> assertThat(places("some")).containsExactly(node));
        } finally {
            kubectl.run("label", "node", node, label + "-");
        }
        eventually("the pod goes")
                .untilAsserted(() -> assertThat(places("some")).isEmpty());
    }

    @Test
    void isUpdatedNodeByNodeAndRolledBack() {
        set("roll", "{}");
        rolledOut("roll");
        kubectl.run("set", "env", "daemonset/roll", "RELEASE=two");
        rolledOut("roll");
        String everyEnvironment = "jsonpath={.items[*].spec.containers[0].env[0].value}";
        eventually("only new pods are left")
                .untilAsserted(() -> assertThat(kubectl.run("get", "pods", "-l", "app=roll", "-o", everyEnvironment)
                                .split(" "))
                        .containsOnly("two")
                        .hasSize(nodes().size()));
        assertThat(kubectl.run("rollout", "history", "daemonset/roll")).contains("1 ", "2 ");
        assertThat(kubectl.run("get", "controllerrevisions", "-l", "app=roll", "-o", "name")
                        .lines())
                .hasSize(2);
        String hash = "metadata.labels.controller-revision-hash}";
        String newest = kubectl.run(
                        "get",
                        "controllerrevisions",
                        "-l",
                        "app=roll",
                        "--sort-by=.revision",
                        "-o",
                        "jsonpath={.items[*]." + hash)
                .replaceFirst(".* ", "");
        assertThat(kubectl.run("get", "pods", "-l", "app=roll", "-o", "jsonpath={.items[*]." + hash)
                        .split(" "))
                .as("the revision that the pods are of")
                .containsOnly(newest);
        kubectl.run("rollout", "undo", "daemonset/roll");
        rolledOut("roll");
        eventually("the former pods are gone")
                .untilAsserted(() -> assertThat(kubectl.run("get", "pods", "-l", "app=roll", "-o", everyEnvironment))
                        .isBlank());
        assertThat(places("roll")).isEqualTo(nodes());
    }

    @Test
    void aRollbackLeavesPodsAloneThatAreAsTheyWere() {
        set("undo", "{}");
        rolledOut("undo");
        String uids = "jsonpath={.items[*].metadata.uid}";
        List<String> before =
                List.of(kubectl.run("get", "pods", "-l", "app=undo", "-o", uids).split(" "));
        kubectl.run("set", "image", "daemonset/undo", "*=kybern/there-is-no-such-image:1");
        eventually("one pod is new and cannot start").untilAsserted(() -> assertThat(kubectl.run(
                        "get", "pods", "-l", "app=undo", "-o", "jsonpath={.items[*].spec.containers[0].image}"))
                .contains("there-is-no-such-image"));
        kubectl.run("rollout", "undo", "daemonset/undo");
        rolledOut("undo");
        eventually("all pods but one are the same").untilAsserted(() -> {
            List<String> after = List.of(
                    kubectl.run("get", "pods", "-l", "app=undo", "-o", uids).split(" "));
            assertThat(after).hasSameSizeAs(before);
            assertThat(after.stream().filter(before::contains).count()).isEqualTo(before.size() - 1L);
        });
    }

    @Test
    void aPodThatFailedIsReplaced() {
        set("failed", "{}");
        rolledOut("failed");
        String pod = pods("failed").getFirst();
        String node = field("pod/" + pod, ".spec.nodeName");
        kubectl.run("patch", "pod", pod, "--subresource=status", "-p", "{\"status\":{\"phase\":\"Failed\"}}");
        eventually("another pod is on its node").untilAsserted(() -> assertThat(kubectl.run(
                        "get",
                        "pods",
                        "-l",
                        "app=failed",
                        "--field-selector=status.phase=Running,spec.nodeName=" + node,
                        "-o",
                        "jsonpath={.items[*].metadata.name}"))
                .isNotEmpty()
                .doesNotContain(pod));
        rolledOut("failed");
    }
}
