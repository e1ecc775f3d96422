package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sessions that last: a shell at a terminal, a process joined while it runs, tables and logs that go on. */
class TerminalE2E extends ClusterTest {

    @BeforeAll
    void createPods() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: shell, labels: { app: shell } }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - { name: sh, image: %1$s, stdin: true, tty: true, command: [sh] }
                  - { name: cat, image: %1$s, stdin: true, command: [cat] }
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: teller, labels: { app: teller } }
                spec:
                  terminationGracePeriodSeconds: 0
                  restartPolicy: Never
                  containers: [{ name: c, image: %1$s, command: [sh, -c, "echo begun; until [ -e /tmp/end ]; do sleep 0.2; done; echo ended"] }]
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod", "--all", "--timeout=100s");
    }

    @Test
    void aTerminalHasItsSizeFromTheBeginningAndFollowsTheWindow() {
        try (Background session = kubectl.startOnTerminal(33, 77, "exec", "-it", "shell", "-c", "cat", "--", "sh")) {
            String window = session.says("\n").output().lines().findFirst().orElseThrow();
            awaitSize(session, "33 77");
            Kubectl.execute(List.of("stty", "-F", window, "rows", "44", "cols", "88"), "", Map.of())
                    .ok();
            awaitSize(session, "44 88");
            session.type("exit 5\n").says("command terminated with exit code 5");
            assertThat(session.end().exitCode()).isEqualTo(5);
        }
    }

    /** Lets the shell of a session wait until its terminal has a size, and say so in words that were not typed. */
    private static void awaitSize(Background session, String size) {
        session.type("size='%s'; until [ \"$(stty size 2>&1)\" = \"$size\" ]; do sleep 0.1; done; echo \"is $size\"\n"
                        .formatted(size))
                .says("is " + size);
    }

    @Test
    void attachTypesIntoTheMainProcess() {
        try (Background session = kubectl.start("attach", "-i", "shell", "-c", "cat")) {
            session.type("echoed\n").says("echoed");
        }
        try (Background session = kubectl.startOnTerminal(24, 80, "attach", "-it", "shell", "-c", "sh")) {
            session.says("If you don't see a command prompt, try pressing enter.");
            session.type("echo sum-$((20 + 22))\n").says("sum-42");
        }
    }

    @Test
    void logsGoOnUntilTheContainerEnds() {
        try (Background log = kubectl.start("logs", "-f", "teller")) {
            log.says("begun");
            kubectl.run("exec", "teller", "--", "touch", "/tmp/end");
            Kubectl.Result whole = log.end();
            assertThat(whole.exitCode()).isZero();
            assertThat(whole.output()).isEqualTo("begun\nended\n");
        }
    }

    @Test
    void aCommandThatFailsInARunOnceSaysSoAndNothingTwice() {
        Kubectl.Result result = kubectl.call(
                "typed\n",
                Map.of(),
                "run",
                "failing",
                "--rm",
                "-i",
                "--restart=Never",
                "--image=" + IMAGE,
                "--image-pull-policy=IfNotPresent",
                "--",
                "sh",
                "-c",
                "cat; exit 4");
        assertThat(result.exitCode()).isEqualTo(4);
        assertThat(result.output()).isEqualTo("typed\npod \"failing\" deleted\n");
        assertThat(result.error())
                .contains("pod " + kubectl.namespace() + "/failing terminated (Error)")
                .doesNotContain("couldn't attach");
    }

    @Test
    void tablesGoOnWithEveryChange() {
        try (Background table = kubectl.start("get", "configmaps", "-l", "seen", "-w", "-L", "seen");
                Background changes = kubectl.start("get", "pod", "shell", "-L", "step", "--watch-only")) {
            kubectl.run("create", "configmap", "watched");
            kubectl.run("label", "configmap", "watched", "seen=once");
            table.says("watched");
            kubectl.run("label", "configmap", "watched", "seen=twice", "--overwrite");
            table.says("twice");
            assertThat(table.output())
                    .containsPattern("NAME +DATA +AGE +SEEN\\nwatched +0 +\\w+ +once\\nwatched +0 +\\w+ +twice");
            eventually("the watch sees a change").untilAsserted(() -> {
                kubectl.run(
                        "label",
                        "pod",
                        "shell",
                        "step=" + kubectl.run("get", "pod", "shell", "-o", "jsonpath={.metadata.resourceVersion}"),
                        "--overwrite");
                assertThat(changes.output())
                        .containsPattern("NAME +READY +STATUS +RESTARTS +AGE +STEP\\nshell +2/2 +Running +0 ");
            });
        }
    }
}
