package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one does with a running pod: read its logs, run commands in it, copy files, reach its ports. */
class PodToolsE2E extends ClusterTest {

    @TempDir
    private Path directory;

    @BeforeAll
    void createPods() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: tool, labels: { app: tool } }
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: first
                    image: %1$s
                    command: [sh, -c, "for i in 1 2 3 4; do echo line $i; done; mkdir /w; echo page > /w/index.html; exec httpd -f -p 8080 -h /w"]
                    ports: [{ containerPort: 8080 }]
                    readinessProbe: { tcpSocket: { port: 8080 }, timeoutSeconds: 5, periodSeconds: 1 }
                  - { name: second, image: %1$s, command: [sh, -c, "echo beside; echo wrong >&2; exec sleep 1000"] }
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: crash }
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{ name: c, image: %1$s, command: [sh, -c, "echo run; exit 3"] }]
                ---
                apiVersion: v1
                kind: Service
                metadata: { name: tool }
                spec: { selector: { app: tool }, ports: [{ port: 80, targetPort: 8080 }] }
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/tool", "--timeout=100s");
        eventually("they have said what they say")
                .untilAsserted(() -> assertThat(kubectl.run("logs", "tool", "--all-containers"))
                        .contains("line 4", "beside", "wrong"));
    }

    private String exec(String... command) {
        String[] whole = new String[command.length + 5];
        System.arraycopy(new String[] {"exec", "tool", "-c", "first", "--"}, 0, whole, 0, 5);
        System.arraycopy(command, 0, whole, 5, command.length);
        return kubectl.run(whole);
    }

    /** Runs kubectl as one does at a terminal. */
    private String atTerminal(String arguments) {
        return Kubectl.execute(
                        List.of("script", "-qec", "kubectl -n " + kubectl.namespace() + " " + arguments, "/dev/null"),
                        "",
                        Map.of("TERM", "xterm"))
                .ok()
                .replace("\0", "");
    }

    @Test
    void logsAreCutChosenAndStamped() {
        assertThat(kubectl.run("logs", "tool", "-c", "first", "--tail=2")).isEqualTo("line 3\nline 4");
        assertThat(kubectl.run("logs", "tool", "-c", "first", "--limit-bytes=6"))
                .isEqualTo("line 1");
        assertThat(kubectl.run("logs", "tool", "-c", "first", "--tail=1", "--timestamps"))
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z line 4");
        assertThat(kubectl.run("logs", "tool", "--all-containers")).contains("line 1", "beside", "wrong");
        assertThat(kubectl.run("logs", "-l", "app=tool", "-c", "second", "--prefix")
                        .split("\n"))
                .as("output and errors, which reach the log by ways of their own")
                .containsExactlyInAnyOrder("[pod/tool/second] beside", "[pod/tool/second] wrong");
        assertThat(kubectl.run("logs", "tool", "-c", "first", "--since-time=2100-01-01T00:00:00Z"))
                .isEmpty();
        assertThat(kubectl.run("logs", "service/tool", "-c", "first", "--tail=1"))
                .isEqualTo("line 4");
        assertThat(kubectl.call("", Map.of(), "logs", "tool", "-c", "third").error())
                .contains("container third is not valid for pod tool");
    }

    @Test
    void followedLogsEndWithTheirContainer() {
        kubectl.run(
                "run",
                "teller",
                "--image=" + IMAGE,
                "--restart=Never",
                "--",
                "sh",
                "-c",
                "for i in 1 2 3; do echo $i; sleep 1; done");
        eventually("it has begun")
                .until(() -> List.of("Running", "Succeeded").contains(field("pod/teller", ".status.phase")));
        assertThat(kubectl.run("logs", "-f", "teller")).isEqualTo("1\n2\n3");
    }

    @Test
    void theLogOfTheRunBeforeIsKept() {
        eventually("the container was restarted")
                .until(() -> field("pod/crash", ".status.containerStatuses[0].restartCount")
                        .matches("[1-9]\\d*"));
        // it goes on crashing, and what was before is another run each time
        eventually("the log is there").untilAsserted(() -> assertThat(kubectl.run("logs", "crash", "--previous"))
                .isEqualTo("run"));
        assertThat(field("pod/crash", ".status.containerStatuses[0].lastState.terminated.exitCode"))
                .isEqualTo("3");
        assertThat(kubectl.call("", Map.of(), "logs", "tool", "-c", "first", "--previous")
                        .error())
                .contains("previous terminated container \"first\" in pod \"tool\" not found");
    }

    @Test
    void commandsRunWithInputExitCodeAndTerminal() {
        assertThat(exec("hostname")).isEqualTo("tool");
        assertThat(kubectl.call("some\nlines\n", Map.of(), "exec", "-i", "tool", "-c", "first", "--", "wc", "-l")
                        .ok())
                .isEqualTo("2");
        Kubectl.Result failed = kubectl.call(
                "", Map.of(), "exec", "tool", "-c", "first", "--", "sh", "-c", "echo out; echo err >&2; exit 5");
        assertThat(failed.exitCode()).isEqualTo(5);
        assertThat(failed.output()).isEqualTo("out\n");
        assertThat(failed.error()).contains("err", "command terminated with exit code 5");
        Kubectl.Result absent = kubectl.call("", Map.of(), "exec", "tool", "-c", "first", "--", "absent-program");
        assertThat(absent.exitCode()).isEqualTo(126);
        assertThat(absent.output()).contains("exec: \"absent-program\": executable file not found in $PATH");
        assertThat(atTerminal("exec -it tool -c first -- sh -c 'tty; echo $TERM'"))
                .contains("/dev/pts/0", "xterm");
    }

    @Test
    void attachShowsWhatTheMainProcessWrites() {
        kubectl.run(
                "run",
                "talker",
                "--image=" + IMAGE,
                "--restart=Never",
                "--",
                "sh",
                "-c",
                "until [ -e /tmp/end ]; do echo spoken; sleep 1; done");
        eventually("it runs").until(() -> field("pod/talker", ".status.phase").equals("Running"));
        try (Background attached = kubectl.start("attach", "talker")) {
            attached.says("spoken");
            kubectl.run("exec", "talker", "--", "touch", "/tmp/end");
            assertThat(attached.end().exitCode()).isZero();
        }
    }

    @Test
    void filesAndDirectoriesAreCopiedBothWays() throws IOException {
        Path tree = Files.createDirectories(directory.resolve("tree/below"));
        Files.writeString(tree.resolve("leaf"), "leaf");
        Files.writeString(directory.resolve("file"), "x".repeat(100_000));
        kubectl.run("cp", directory.resolve("file").toString(), "tool:/tmp/file", "-c", "first");
        kubectl.run("cp", directory.resolve("tree").toString(), "tool:/tmp/tree", "-c", "first");
        assertThat(exec("wc", "-c", "/tmp/file")).startsWith("100000");
        assertThat(exec("cat", "/tmp/tree/below/leaf")).isEqualTo("leaf");
        kubectl.run("cp", "tool:/tmp/tree", directory.resolve("back").toString(), "-c", "first");
        assertThat(directory.resolve("back/below/leaf")).hasContent("leaf");
    }

    @Test
    void portsAreForwardedFromPodsAndServices() throws IOException {
        for (String target : List.of("pod/tool", "service/tool")) {
            Process forward = new ProcessBuilder(
                            "kubectl",
                            "-n",
                            kubectl.namespace(),
                            "port-forward",
                            target,
                            target.startsWith("pod") ? ":8080" : ":80")
                    .redirectErrorStream(true)
                    .start();
            try (var lines = forward.inputReader()) {
                String line = lines.readLine();
                assertThat(line).startsWith("Forwarding from 127.0.0.1:");
                String url = "http://127.0.0.1:" + line.replaceFirst(".*127\\.0\\.0\\.1:(\\d+) .*", "$1") + "/";
                assertThat(page(url)).isEqualTo("page");
                assertThat(page(url)).as("a second connection").isEqualTo("page");
            } finally {
                forward.destroy();
            }
        }
    }

    @Test
    void aPodThatIsRunForOneCommandGoesAfterIt() {
        assertThat(kubectl.call(
                                "through\n",
                                Map.of(),
                                "run",
                                "once",
                                "--rm",
                                "-i",
                                "--restart=Never",
                                "--image=" + IMAGE,
                                "--",
                                "cat")
                        .ok())
                .contains("through", "pod \"once\" deleted");
        assertThat(atTerminal("run tty --rm -it --restart=Never --image=" + IMAGE + " -- sh -c 'sleep 2; tty'"))
                .contains("/dev/pts/0", "pod \"tty\" deleted");
        eventually("both are gone").untilAsserted(() -> assertThat(kubectl.run("get", "pods", "-o", "name"))
                .doesNotContain("pod/once", "pod/tty"));
    }

    @Test
    void theNodesPagesTellOfThePodAndWhatItUses() {
        String node = "/api/v1/nodes/" + field("pod/tool", ".spec.nodeName") + "/proxy/";
        String uid = field("pod/tool", ".metadata.uid");
        assertThat(kubectl.run("get", "--raw", node + "pods")).contains(uid);
        String labels = "{container=\"first\",namespace=\"" + kubectl.namespace() + "\",pod=\"tool\"}";
        eventually("all of them tell of it").untilAsserted(() -> {
            assertThat(kubectl.run("get", "--raw", node + "stats/summary")).contains(uid, "usageCoreNanoSeconds");
            assertThat(kubectl.run("get", "--raw", node + "metrics/resource"))
                    .contains("container_cpu_usage_seconds_total" + labels);
            assertThat(kubectl.run("get", "--raw", node + "metrics/cadvisor"))
                    .contains("container_memory_working_set_bytes" + labels);
        });
    }
}
