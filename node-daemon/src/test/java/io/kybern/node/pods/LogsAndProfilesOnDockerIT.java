package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.runtime.DockerContainerRuntime;
import io.kybern.node.runtime.DockerSettings;
import io.kybern.node.runtime.LocalEngine;
import io.kybern.node.runtime.LogRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Logs that are in several files, and profiles of the machine, on a real Docker Engine. */
@Timeout(180)
@EnabledIf("io.kybern.node.pods.PodsOnDockerIT#engineWithImages")
class LogsAndProfilesOnDockerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path directory;

    private final DockerContainerRuntime runtime = LocalEngine.at(new DockerSettings(
            Path.of("/var/run/docker.sock"), Duration.ofSeconds(60), -1, new DockerSettings.Logs(20_000, 50)));
    private final String uid = UUID.randomUUID().toString();
    private PodFixture fixture;

    @BeforeEach
    void begin() {
        fixture = new PodFixture(runtime, directory);
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
        runtime.list(Map.of(PodLabels.UID, uid)).forEach(c -> runtime.remove(c.id()));
        runtime.close();
    }

    private Pod start(String script, String more) {
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p, namespace: ns, uid: %s, resourceVersion: "1" }
                spec:
                  nodeName: node-under-test
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: main
                    image: kybern/testbox:1
                    command: [sh, -c, '%s']
                """.formatted(uid, script) + more.indent(4), Pod.class);
        fixture.keeper.seen(pod);
        return pod;
    }

    private ContainerStatus awaitEnd(Pod pod) {
        await("it ended").atMost(PATIENCE).untilAsserted(() -> {
            List<ContainerStatus> statuses = fixture.client.status(pod).getContainerStatuses();
            assertThat(statuses).isNotEmpty();
            assertThat(statuses.getFirst().getState().getTerminated()).isNotNull();
        });
        return fixture.client.status(pod).getContainerStatuses().getFirst();
    }

    private String container(Pod pod) {
        return fixture.client
                .status(pod)
                .getContainerStatuses()
                .getFirst()
                .getContainerID()
                .substring("docker://".length());
    }

    private String log(String container, boolean follow, int tail, boolean timestamps) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        runtime.logs(
                container,
                new LogRequest(follow, tail, null, timestamps, false),
                (channel, data, offset, length) -> out.write(data, offset, length));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "line " + i).toList();
    }

    @Test
    void aLogIsReadAcrossItsFiles() throws Exception {
        Pod pod = start("for i in $(seq 1000); do echo line $i; done", "");
        awaitEnd(pod);
        String container = container(pod);
        assertThat(log(container, false, -1, false).lines()).containsExactlyElementsOf(numbers(1, 1000));
        assertThat(log(container, false, 700, false).lines()).containsExactlyElementsOf(numbers(301, 1000));
    }

    @Test
    void aLineIsNotInPiecesHoweverLongItIs() throws Exception {
        Pod pod = start("head -c 40000 /dev/zero | tr \\\\0 x; echo; echo end", "");
        awaitEnd(pod);
        List<String> lines = log(container(pod), false, -1, true).lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst()).matches("[0-9T:.-]+Z x{40000}");
        assertThat(lines.getLast()).matches("[0-9T:.-]+Z end");
    }

    @Test
    void aProfileOfTheMachineTakesSystemCallsAway() throws Exception {
        Path profile =
                Files.createDirectories(directory.resolve("seccomp/team")).resolve("no-mkdir.json");
        Files.writeString(profile, """
                {
                  "defaultAction": "SCMP_ACT_ALLOW",
                  "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" }]
                }
                """);
        Pod pod = start(
                "mkdir /tmp/d || touch /tmp/f && echo kept > /dev/termination-log",
                "securityContext: { seccompProfile: { type: Localhost, localhostProfile: team/no-mkdir.json } }");
        var ended = awaitEnd(pod).getState().getTerminated();
        assertThat(ended.getMessage()).isEqualToIgnoringWhitespace("kept");
        assertThat(log(container(pod), false, -1, false)).contains("Operation not permitted");
    }
}
