package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** How one looks into pods and nodes: {@code kubectl debug}, and what {@code kubectl run} shows of a short life. */
class DebugE2E extends ClusterTest {

    private void sleeping(String pod) {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: %s }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{ name: c, image: %s, command: [sleep, "1234"] }]
                """.formatted(pod, IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/" + pod, "--timeout=110s");
    }

    @Test
    void debugAddsAContainerThatSeesItsTarget() {
        sleeping("subject");
        kubectl.run(
                "debug",
                "subject",
                "--image=" + IMAGE,
                "--image-pull-policy=IfNotPresent",
                "--target=c",
                "--container=looker",
                "--",
                "sleep",
                "1000");
        eventually("the debugger runs").untilAsserted(() -> assertThat(
                        field("pod/subject", ".status.ephemeralContainerStatuses[0].state.running.startedAt"))
                .isNotEmpty());
        assertThat(kubectl.run("exec", "subject", "-c", "looker", "--", "ps")).contains("sleep 1234");
        assertThat(field("pod/subject", ".status.containerStatuses[0].restartCount"))
                .isEqualTo("0");
    }

    @Test
    void debugShowsAllThatACopyOfThePodWrites() {
        sleeping("original");
        String said = kubectl.call(
                        "echo typed; ps; exit\n",
                        Map.of(),
                        "debug",
                        "original",
                        "-i",
                        "--image=" + IMAGE,
                        "--image-pull-policy=IfNotPresent",
                        "--copy-to=copied",
                        "--share-processes",
                        "--",
                        "sh")
                .ok();
        assertThat(said).contains("typed", "/pause", "sleep 1234");
    }

    @Test
    void debugLooksAtANode() {
        String said = kubectl.call(
                        "ls /host; hostname; exit\n",
                        Map.of(),
                        "debug",
                        "node/node-1",
                        "-i",
                        "--image=" + IMAGE,
                        "--image-pull-policy=IfNotPresent",
                        "--",
                        "sh")
                .ok();
        assertThat(said).contains("etc\n").endsWith("node-1");
    }

    @Test
    void runShowsWhatWasWrittenBeforeItAttached() {
        String said = kubectl.run(
                "run",
                "hello",
                "--rm",
                "-i",
                "--restart=Never",
                "--image=" + IMAGE,
                "--image-pull-policy=IfNotPresent",
                "--",
                "sh",
                "-c",
                "echo hello; sleep 1");
        assertThat(said).contains("hello\n");
    }
}
