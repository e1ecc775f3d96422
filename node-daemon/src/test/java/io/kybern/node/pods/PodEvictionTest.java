package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.runtime.ContainerSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pods that their node makes go, or does not take. */
@Timeout(60)
class PodEvictionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FakeRuntime runtime = new FakeRuntime();
    private PodFixture fixture;

    @BeforeEach
    void begin(@TempDir Path directory) {
        fixture = new PodFixture(runtime, directory);
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
    }

    private PodStatus awaitEvicted(Pod pod) {
        await("it is evicted").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(fixture.client.status(pod).getPhase()).isEqualTo("Failed");
            assertThat(fixture.client.status(pod).getReason()).isEqualTo("Evicted");
        });
        return fixture.client.status(pod);
    }

    private List<ContainerSummary> containers(Pod pod) {
        return runtime.list(Map.of(PodLabels.UID, pod.getMetadata().getUid()));
    }

    @Test
    void whenTheDiskFillsUpPodsThatAreOverLoseTheirContainersAndKeepTheirStatus() {
        Pod over = PodFixture.pod()
                .editMetadata()
                .withName("over")
                .withUid("over")
                .endMetadata()
                .editSpec()
                .withRestartPolicy("Never")
                .endSpec()
                .build();
        Pod runs = PodFixture.pod()
                .editMetadata()
                .withName("runs")
                .withUid("runs")
                .endMetadata()
                .build();
        fixture.keeper.seen(over);
        await("it runs").atMost(PATIENCE).until(() -> runtime.running("main").isPresent());
        runtime.end(runtime.running("main").orElseThrow(), 0);
        await("it is over").atMost(PATIENCE).until(() -> "Succeeded"
                .equals(fixture.client.status(over).getPhase()));
        assertThat(containers(over)).as("its logs may be asked for").isNotEmpty();
        fixture.keeper.seen(runs);
        await("the other one runs").atMost(PATIENCE).until(() -> runtime.running("main")
                .isPresent());
        await("there was something to discard").atMost(PATIENCE).until(() -> fixture.keeper.discardEnded());
        assertThat(containers(over)).isEmpty();
        assertThat(containers(runs)).isNotEmpty();
        await("nothing else is").atMost(PATIENCE).until(() -> !fixture.keeper.discardEnded());
        PodStatus status = fixture.client.status(over);
        assertThat(status.getPhase()).isEqualTo("Succeeded");
        assertThat(status.getContainerStatuses()
                        .getFirst()
                        .getState()
                        .getTerminated()
                        .getExitCode())
                .isZero();
    }

    @Test
    void aContainerThatCannotBeRemovedKeepsNoOtherFromGoing() {
        List<Pod> over = Stream.of("a", "b", "c")
                .map(name -> PodFixture.pod()
                        .editMetadata()
                        .withName(name)
                        .withUid(name)
                        .endMetadata()
                        .editSpec()
                        .withRestartPolicy("Never")
                        .endSpec()
                        .build())
                .toList();
        for (Pod pod : over) {
            fixture.keeper.seen(pod);
            await("it runs").atMost(PATIENCE).until(() -> runtime.running("main")
                    .isPresent());
            runtime.end(runtime.running("main").orElseThrow(), 0);
            await("it is over").atMost(PATIENCE).until(() -> "Succeeded"
                    .equals(fixture.client.status(pod).getPhase()));
        }
        runtime.refuseRemoval("b");
        await("the others' are gone").atMost(PATIENCE).until(() -> {
            fixture.keeper.discardEnded();
            return containers(over.getFirst()).isEmpty()
                    && containers(over.getLast()).isEmpty();
        });
        assertThat(containers(over.get(1))).isNotEmpty();
    }

    @Test
    void aPodThatTheNodeCannotKeepEndsAndTellsThatItWasDisrupted() {
        Pod pod = PodFixture.pod().build();
        fixture.keeper.seen(pod);
        await("it runs").atMost(PATIENCE).until(() -> runtime.running("main").isPresent());
        fixture.keeper.end(pod, PodEnding.evicted("The node was low on resource: memory. ", 1));
        PodStatus status = awaitEvicted(pod);
        assertThat(status.getMessage()).isEqualTo("The node was low on resource: memory. ");
        PodCondition condition = status.getConditions().stream()
                .filter(c -> c.getType().equals("DisruptionTarget"))
                .findFirst()
                .orElseThrow();
        assertThat(condition.getStatus()).isEqualTo("True");
        assertThat(condition.getReason()).isEqualTo("TerminationByKubelet");
        assertThat(fixture.events.reasons()).contains("Evicted");
        await("its place is given back").atMost(PATIENCE).until(() -> containers(pod)
                .isEmpty());
        assertThat(fixture.client
                        .status(pod)
                        .getContainerStatuses()
                        .getFirst()
                        .getState()
                        .getTerminated())
                .isNotNull();
    }

    @Test
    void aContainerThatWritesMoreThanItMayCostsItsPod() {
        Pod pod = PodFixture.pod()
                .editSpec()
                .editFirstContainer()
                .withNewResources()
                .addToLimits("ephemeral-storage", new Quantity("1Mi"))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
        runtime.writtenBytes = 2L << 20;
        fixture.keeper.seen(pod);
        assertThat(awaitEvicted(pod).getMessage())
                .isEqualTo("Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ");
    }

    @Test
    void aNodeThatRunsShortTakesNoMorePods() {
        fixture.pressures = Set.of("DiskPressure");
        Pod pod = PodFixture.pod().build();
        fixture.keeper.seen(pod);
        assertThat(awaitEvicted(pod).getMessage())
                .isEqualTo("Pod was rejected: The node had condition: [DiskPressure]. ");
    }

    @Test
    void whereOnlyMemoryIsShortPodsThatAskForSomeAreTaken() {
        Set<String> memory = Set.of("MemoryPressure");
        Pod asking = PodFixture.pod()
                .editSpec()
                .editFirstContainer()
                .withNewResources()
                .addToRequests("memory", new Quantity("1Mi"))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
        Pod tolerant = PodFixture.pod()
                .editSpec()
                .addNewToleration("NoSchedule", "node.kubernetes.io/memory-pressure", "Exists", null, null)
                .endSpec()
                .build();
        assertThat(PressureAdmission.judge(asking, memory)).isEmpty();
        assertThat(PressureAdmission.judge(tolerant, memory)).isEmpty();
        assertThat(PressureAdmission.judge(PodFixture.pod().build(), memory)).isPresent();
        assertThat(PressureAdmission.judge(asking, Set.of("MemoryPressure", "DiskPressure")))
                .isPresent();
        Pod critical = PodFixture.pod()
                .editSpec()
                .withPriority(2_000_001_000)
                .endSpec()
                .build();
        assertThat(PressureAdmission.judge(critical, Set.of("DiskPressure"))).isEmpty();
    }
}
