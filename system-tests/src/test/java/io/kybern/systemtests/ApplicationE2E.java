package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The life of an application: deployed, exposed, healed, scaled, updated and rolled back. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ApplicationE2E extends ClusterTest {

    @BeforeAll
    void deploy() {
        deployWeb("web", 3);
        kubectl.run("expose", "deployment", "web", "--port=80", "--target-port=8080", "--type=NodePort");
    }

    @Test
    @Order(1)
    void podsSpreadOverBothNodes() {
        String nodes = kubectl.run("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}");
        assertThat(new HashSet<>(List.of(nodes.split(" ")))).as(nodes).hasSizeGreaterThan(1);
    }

    @Test
    @Order(2)
    void theClusterIpAnswersFromEveryBackend() {
        String address = field("service/web", ".spec.clusterIP");
        String client = pods("web").getFirst();
        Set<String> answered = new HashSet<>();
        eventually("all three pods answered").until(() -> {
            answered.add(kubectl.run("exec", client, "--", "wget", "-qO-", "http://" + address + "/"));
            return answered.size() == 3;
        });
    }

    @Test
    @Order(2)
    void theServiceAnswersByItsNames() {
        String client = pods("web").getFirst();
        for (String name :
                List.of("web", "web." + kubectl.namespace(), "web." + kubectl.namespace() + ".svc.cluster.local")) {
            eventually(name + " is known").untilAsserted(() -> assertThat(pods("web"))
                    .contains(kubectl.run("exec", client, "--", "wget", "-qO-", "http://" + name + "/")));
        }
    }

    @Test
    @Order(3)
    void theNodePortAnswersOnEveryNode() {
        String port = field("service/web", ".spec.ports[0].nodePort");
        String addresses = new Kubectl("default")
                .run("get", "nodes", "-o", "jsonpath={.items[*].status.addresses[?(@.type==\"InternalIP\")].address}");
        for (String node : addresses.split(" ")) {
            eventually("node " + node + " answers").until(() -> pods("web")
                    .contains(page("http://" + node + ":" + port + "/").strip()));
        }
    }

    @Test
    @Order(4)
    void aKilledContainerComesBackWithItsRestartCounted() {
        String pod = pods("web").getFirst();
        kubectl.call("", Map.of(), "exec", pod, "--", "sh", "-c", "kill -9 $(pidof httpd)");
        eventually("the container runs again")
                .until(() -> field("pod/" + pod, ".status.containerStatuses[0].restartCount")
                                .equals("1")
                        && field("pod/" + pod, ".status.containerStatuses[0].ready")
                                .equals("true"));
    }

    @Test
    @Order(5)
    void aDeletedPodIsReplaced() {
        String pod = pods("web").getFirst();
        kubectl.run("delete", "pod", pod);
        assertThat(pods("web")).doesNotContain(pod);
        eventually("three pods are ready")
                .until(() -> field("deployment/web", ".status.readyReplicas").equals("3"));
    }

    @Test
    @Order(6)
    void scalesUpAndDown() {
        kubectl.run("scale", "deployment/web", "--replicas=6");
        kubectl.run("rollout", "status", "deployment/web", "--timeout=110s");
        assertThat(field("deployment/web", ".status.readyReplicas")).isEqualTo("6");
        kubectl.run("scale", "deployment/web", "--replicas=2");
        eventually("two pods are left")
                .until(() -> pods("web").size() == 2
                        && field("deployment/web", ".status.readyReplicas").equals("2"));
    }

    @Test
    @Order(7)
    void aBadImageStallsWithoutHurtingWhatRunsAndIsUndone() {
        kubectl.run("set", "image", "deployment/web", "web=kybern/absent:1");
        eventually("the new pod cannot start")
                .until(() -> kubectl.run("get", "pods", "-l", "app=web").contains("Err")
                        || kubectl.run("get", "pods", "-l", "app=web").contains("BackOff"));
        assertThat(field("deployment/web", ".status.readyReplicas")).isEqualTo("2");
        kubectl.run("rollout", "undo", "deployment/web");
        kubectl.run("rollout", "status", "deployment/web", "--timeout=110s");
        assertThat(kubectl.run("rollout", "history", "deployment/web")).contains("REVISION");
    }

    @Test
    @Order(8)
    void logsAndExecAndCopy() {
        String pod = pods("web").getFirst();
        assertThat(kubectl.run("exec", pod, "--", "cat", "/w/index.html")).isEqualTo(pod);
        assertThat(kubectl.call("to stdin", Map.of(), "exec", "-i", pod, "--", "cat")
                        .ok())
                .isEqualTo("to stdin");
        assertThat(kubectl.call("", Map.of(), "exec", pod, "--", "sh", "-c", "exit 3")
                        .exitCode())
                .isEqualTo(3);
        assertThat(kubectl.call(
                                "",
                                Map.of("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "false"),
                                "exec",
                                pod,
                                "--",
                                "echo",
                                "spdy")
                        .ok())
                .isEqualTo("spdy");
        kubectl.run(
                "run",
                "talker",
                "--image=" + IMAGE,
                "--restart=Never",
                "--image-pull-policy=IfNotPresent",
                "--",
                "sh",
                "-c",
                "for i in 1 2 3; do echo line $i; done");
        eventually("the pod has spoken")
                .until(() -> field("pod/talker", ".status.phase").equals("Succeeded"));
        assertThat(kubectl.run("logs", "talker", "--tail=2")).isEqualTo("line 2\nline 3");
    }

    @Test
    @Order(9)
    void portForwardReachesThePod() throws java.io.IOException {
        String pod = pods("web").getFirst();
        Process forward = new ProcessBuilder("kubectl", "-n", kubectl.namespace(), "port-forward", pod, ":8080")
                .redirectErrorStream(true)
                .start();
        try (var reader = forward.inputReader()) {
            String line = reader.readLine();
            assertThat(line).startsWith("Forwarding from 127.0.0.1:");
            String port = line.replaceFirst(".*127\\.0\\.0\\.1:(\\d+) .*", "$1");
            assertThat(page("http://127.0.0.1:" + port + "/")).isEqualToIgnoringWhitespace(pod);
        } finally {
            forward.destroy();
        }
    }

    @Test
    @Order(10)
    void describeTellsTheEvents() {
        String pod = pods("web").getFirst();
        eventually("events are told").untilAsserted(() -> assertThat(kubectl.run("describe", "pod", pod))
                .contains("Successfully assigned", "Pulled", "Created", "Started"));
        assertThat(List.of(kubectl.run("get", "pods", "-o", "name").split("\n")))
                .contains("pod/" + pod);
    }
}
