package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.cgroups.KubepodsGroups;
import io.kybern.node.runtime.DockerContainerRuntime;
import io.kybern.node.runtime.DockerSettings;
import io.kybern.node.runtime.LocalEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Control groups of pods on a real Docker Engine, where this machine's groups may be written. */
@Timeout(180)
@EnabledIf("io.kybern.node.pods.PodsOnDockerIT#engineWithImages")
class PodGroupsOnDockerIT {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Path MOUNTS = Path.of("/sys/fs/cgroup");
    private static final boolean UNIFIED = Files.exists(MOUNTS.resolve("cgroup.controllers"));

    @TempDir
    private Path directory;

    private final DockerContainerRuntime runtime =
            LocalEngine.at(new DockerSettings(Path.of("/var/run/docker.sock"), Duration.ofSeconds(60), -1));
    private final String uid = UUID.randomUUID().toString();
    private final String root = "kybern-it-" + uid;
    private KubepodsGroups groups;
    private PodFixture fixture;

    @BeforeEach
    void begin() {
        groups = groups();
        fixture = new PodFixture(runtime, groups, directory);
        Path memory = UNIFIED ? MOUNTS : MOUNTS.resolve("memory");
        assumeTrue(Files.isWritable(memory) && runtime.info().cgroupDriver().equals("cgroupfs"));
    }

    private KubepodsGroups groups() {
        return new KubepodsGroups(Path.of("/"), "/" + root, 2, 12, () -> runtime.info()
                .cgroupDriver()
                .equals("cgroupfs"));
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
        runtime.list(Map.of(PodLabels.UID, uid)).forEach(c -> runtime.remove(c.id()));
        runtime.close();
        await("nothing is left of the groups").atMost(PATIENCE).until(this::cleared);
    }

    private boolean cleared() throws IOException {
        for (Path hierarchy : hierarchies()) {
            Path top = hierarchy.resolve(root);
            if (!Files.isDirectory(top)) {
                continue;
            }
            try (Stream<Path> all = Files.walk(top)) {
                for (Path each : all.filter(Files::isDirectory)
                        .sorted(Comparator.reverseOrder())
                        .toList()) {
                    Files.deleteIfExists(each);
                }
            } catch (IOException stillUsed) {
                return false;
            }
        }
        return true;
    }

    private static List<Path> hierarchies() throws IOException {
        if (UNIFIED) {
            return List.of(MOUNTS);
        }
        try (Stream<Path> all = Files.list(MOUNTS)) {
            return all.filter(Files::isDirectory).toList();
        }
    }

    /** What a file of the pod's group says: its name in version 1 with its controller, and in version 2. */
    private String value(String controller, String file, String unified) throws IOException {
        Path group = (UNIFIED ? MOUNTS : MOUNTS.resolve(controller)).resolve(root + "/kubepods/pod" + uid);
        return Files.readString(group.resolve(UNIFIED ? unified : file)).strip();
    }

    private boolean groupIsGone() throws IOException {
        for (Path hierarchy : hierarchies()) {
            if (Files.exists(hierarchy.resolve(root + "/kubepods/pod" + uid))) {
                return false;
            }
        }
        return true;
    }

    private Pod pod(String cpu, String memory, String command) {
        return Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p, namespace: ns, uid: %s, resourceVersion: "1", generation: 1 }
                spec:
                  nodeName: node-under-test
                  terminationGracePeriodSeconds: 1
                  restartPolicy: Never
                  containers:
                  - name: a
                    image: "kybern/testbox:1"
                    command: [sh, -c, "%s"]
                    resources: { limits: { cpu: %s, memory: %s } }
                  - { name: b, image: "kybern/testbox:1", command: [sleep, "1000"], resources: { limits: { cpu: 100m, memory: 64Mi } } }
                """.formatted(uid, command, cpu, memory), Pod.class);
    }

    private List<ContainerStatus> statuses(Pod pod) {
        return fixture.client.status(pod).getContainerStatuses();
    }

    private void awaitRunning(Pod pod) {
        await("both containers run").atMost(PATIENCE).untilAsserted(() -> assertThat(statuses(pod))
                .hasSize(2)
                .allSatisfy(s -> assertThat(s.getState().getRunning()).isNotNull()));
    }

    private void delete(Pod pod) {
        fixture.keeper.seen(new PodBuilder(pod)
                .editMetadata()
                .withResourceVersion("1000")
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .withDeletionGracePeriodSeconds(0L)
                .endMetadata()
                .build());
    }

    private void awaitNoGroup() {
        await("the group goes with the pod").atMost(PATIENCE).until(() -> {
            groups.sweep();
            return groupIsGone();
        });
    }

    @Test
    void aPodsContainersAreInOneGroupThatIsResizedWithThemAndGoesWithThem() throws Exception {
        Pod pod = pod("200m", "64Mi", "sleep 1000");
        fixture.keeper.seen(pod);
        awaitRunning(pod);
        assertThat(value("memory", "memory.limit_in_bytes", "memory.max")).isEqualTo("134217728");
        assertThat(value("cpu", "cpu.cfs_quota_us", "cpu.max")).startsWith("30000");
        assertThat(value("cpu", "cpu.shares", "cpu.weight")).isEqualTo(UNIFIED ? "12" : "307");
        assertThat(groups.memoryBytes(uid).orElseThrow()).isPositive();

        Pod larger = new PodBuilder(pod("900m", "80Mi", "sleep 1000"))
                .editMetadata()
                .withResourceVersion("2")
                .withGeneration(2L)
                .endMetadata()
                .build();
        fixture.keeper.seen(larger);
        await("it is resized").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(value("memory", "memory.limit_in_bytes", "memory.max")).isEqualTo("150994944");
            assertThat(value("cpu", "cpu.cfs_quota_us", "cpu.max")).startsWith("100000");
        });
        fixture.restart();
        fixture.keeper.seen(larger);
        Pod smaller = new PodBuilder(pod("50m", "32Mi", "sleep 1000"))
                .editMetadata()
                .withResourceVersion("3")
                .withGeneration(3L)
                .endMetadata()
                .withStatus(fixture.client.status(pod))
                .build();
        fixture.keeper.seen(smaller);
        await("it is made smaller by the next daemon").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(value("memory", "memory.limit_in_bytes", "memory.max")).isEqualTo("100663296");
            assertThat(value("cpu", "cpu.cfs_quota_us", "cpu.max")).startsWith("15000");
        });
        delete(smaller);
        awaitNoGroup();
    }

    @Test
    void theNumberOfProcessesIsThatOfTheWholePod() throws Exception {
        // the sandbox, b, the shell and itself: a dozen are not enough for nine more
        Pod pod = pod("500m", "64Mi", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1000 & done; wait");
        fixture.keeper.seen(pod);
        await("it cannot have as many").atMost(PATIENCE).untilAsserted(() -> assertThat(statuses(pod))
                .anySatisfy(s -> assertThat(s.getState().getTerminated()).isNotNull()));
        assertThat(value("pids", "pids.max", "pids.max")).isEqualTo("12");
        delete(pod);
        awaitNoGroup();
    }

    @Test
    void aGroupThatAPodLeftIsRemovedByTheNextDaemon() throws Exception {
        Pod pod = pod("200m", "64Mi", "sleep 1000");
        fixture.keeper.seen(pod);
        awaitRunning(pod);
        fixture.keeper.close();
        runtime.list(Map.of(PodLabels.UID, uid)).forEach(c -> runtime.remove(c.id()));
        assertThat(groupIsGone()).isFalse();
        groups = groups();
        groups.retain(java.util.Set.of());
        awaitNoGroup();
    }

    @Test
    void everyContainerThatWantsMoreMemoryThanItMayHaveIsKnownToBeKilledForIt() throws Exception {
        Pod pod = pod("200m", "16Mi", "sleep 1000");
        List<Container> greedy = IntStream.range(0, 8)
                .mapToObj(
                        i -> new ContainerBuilder(pod.getSpec().getContainers().getFirst())
                                .withName("greedy-" + i)
                                .withCommand("tail", "/dev/zero")
                                .build())
                .toList();
        Pod hungry =
                new PodBuilder(pod).editSpec().withContainers(greedy).endSpec().build();
        fixture.keeper.seen(hungry);
        await("all have ended").atMost(PATIENCE).untilAsserted(() -> assertThat(statuses(hungry))
                .hasSize(8)
                .allSatisfy(s -> assertThat(s.getState().getTerminated()).isNotNull()));
        assertThat(statuses(hungry))
                .allSatisfy(s ->
                        assertThat(s.getState().getTerminated().getReason()).isEqualTo("OOMKilled"));
        delete(hungry);
        awaitNoGroup();
    }
}
