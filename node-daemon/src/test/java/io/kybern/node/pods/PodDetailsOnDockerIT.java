package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.LinuxContainerUser;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.runtime.DockerContainerRuntime;
import io.kybern.node.runtime.DockerSettings;
import io.kybern.node.runtime.LocalEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Restarts of whole pods, as whom containers run, and volumes that are devices, on a real Docker Engine. */
@Timeout(180)
@EnabledIf("io.kybern.node.pods.PodsOnDockerIT#engineWithImages")
class PodDetailsOnDockerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path directory;

    private final DockerContainerRuntime runtime =
            LocalEngine.at(new DockerSettings(Path.of("/var/run/docker.sock"), Duration.ofSeconds(60), -1));
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

    private Pod start(String spec) {
        Pod pod = Serialization.unmarshal(
                """
                apiVersion: v1
                kind: Pod
                metadata: { name: p, namespace: ns, uid: %s, resourceVersion: "1" }
                spec:
                  nodeName: node-under-test
                  terminationGracePeriodSeconds: 1
                """.formatted(uid) + spec.replace("IMAGE", "kybern/testbox:1").indent(2), Pod.class);
        fixture.keeper.seen(pod);
        return pod;
    }

    private ContainerStatus awaitRunning(Pod pod, int container, int restarts) {
        await("container " + container + " runs for the time " + restarts)
                .atMost(PATIENCE)
                .untilAsserted(() -> {
                    List<ContainerStatus> statuses = fixture.client.status(pod).getContainerStatuses();
                    assertThat(statuses).hasSizeGreaterThan(container);
                    assertThat(statuses.get(container).getState().getRunning()).isNotNull();
                    assertThat(statuses.get(container).getRestartCount()).isEqualTo(restarts);
                });
        return fixture.client.status(pod).getContainerStatuses().get(container);
    }

    private String awaitMessage(Pod pod) {
        await("it ended").atMost(PATIENCE).untilAsserted(() -> {
            List<ContainerStatus> statuses = fixture.client.status(pod).getContainerStatuses();
            assertThat(statuses).isNotEmpty();
            assertThat(statuses.getFirst().getState().getTerminated()).isNotNull();
        });
        return fixture.client
                .status(pod)
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .getMessage();
    }

    @Test
    void allContainersBeginAnewInTheirSandboxAndWithTheirVolumes() throws Exception {
        Path volume = Files.createDirectories(directory.resolve("volume"));
        fixture.volumes.paths.put("v", volume);
        Pod pod = start("""
                restartPolicy: Never
                initContainers:
                - { name: setup, image: "IMAGE", command: [sh, -c, "echo run >> /v/runs"], volumeMounts: [{ name: v, mountPath: /v }] }
                containers:
                - { name: main, image: "IMAGE", command: [sleep, "1000"] }
                - name: trigger
                  image: "IMAGE"
                  command: [sh, -c, "[ -e /v/been ] || { touch /v/been; exit 88; }; sleep 1000"]
                  restartPolicy: Never
                  restartPolicyRules: [{ action: RestartAllContainers, exitCodes: { operator: In, values: [88] } }]
                  volumeMounts: [{ name: v, mountPath: /v }]
                volumes: [{ name: v, emptyDir: {} }]
                """);
        awaitRunning(pod, 0, 1);
        awaitRunning(pod, 1, 1);
        assertThat(Files.readAllLines(volume.resolve("runs"))).hasSize(2);
        assertThat(runtime.list(Map.of(PodLabels.UID, uid, PodLabels.KIND, "SANDBOX")))
                .hasSize(1);
    }

    @Test
    void aStatusTellsAsWhomAContainerRuns() {
        Pod pod = start("""
                securityContext: { runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000], supplementalGroupsPolicy: Strict }
                containers: [{ name: main, image: "IMAGE", command: [sleep, "1000"] }]
                """);
        LinuxContainerUser user = awaitRunning(pod, 0, 0).getUser().getLinux();
        assertThat(user.getUid()).isEqualTo(1000);
        assertThat(user.getGid()).isEqualTo(3000);
        assertThat(user.getSupplementalGroups()).contains(4000L);
    }

    @Test
    void withTheStrictPolicyTheGroupsThatTheImageListsDoNotCount() {
        Pod pod = start("""
                restartPolicy: Never
                securityContext: { supplementalGroupsPolicy: Strict, supplementalGroups: [4000] }
                containers: [{ name: main, image: "IMAGE", command: [sh, -c, "id -G > /dev/termination-log"] }]
                """);
        assertThat(awaitMessage(pod).strip().split(" ")).containsExactlyInAnyOrder("0", "4000");
    }

    @Test
    void aBlockVolumeIsADevice() {
        Path device = Path.of("/dev/loop0");
        assumeTrue(Files.exists(device), "this machine has no loop device");
        fixture.volumes.paths.put("v", device);
        Pod pod = start("""
                restartPolicy: Never
                containers:
                - name: main
                  image: "IMAGE"
                  command: [sh, -c, "[ -b /dev/xvda ] && stat -c %t:%T /dev/xvda > /dev/termination-log"]
                  volumeDevices: [{ name: v, devicePath: /dev/xvda }]
                volumes: [{ name: v, persistentVolumeClaim: { claimName: c } }]
                """);
        assertThat(awaitMessage(pod)).isEqualToIgnoringWhitespace("7:0");
    }

    @Test
    void aPodThatTheNodeEndsMayTakeItsTimeAndThenTellsWhy() throws Exception {
        Pod pod = start("""
                containers:
                - name: main
                  image: "IMAGE"
                  command: [sh, -c, "trap 'echo asked > /dev/termination-log; exit 3' TERM; echo; while :; do sleep 0.1; done"]
                """);
        awaitRunning(pod, 0, 0);
        fixture.keeper.end(pod, PodEnding.shutDown(60)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        PodStatus status = fixture.client.status(pod);
        assertThat(status.getPhase() + " " + status.getReason()).isEqualTo("Failed Terminated");
        assertThat(status.getContainerStatuses().getFirst().getState().getTerminated())
                .isNotNull();
        assertThat(runtime.list(Map.of(PodLabels.UID, uid, PodLabels.KIND, "SANDBOX")))
                .isEmpty();
    }
}
