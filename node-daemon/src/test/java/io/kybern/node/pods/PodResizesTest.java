package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PodResizesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FakeRuntime runtime = new FakeRuntime();
    private PodFixture fixture;

    private static Pod pod(int generation, String cpu, String whenResized) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .withNamespace("ns")
                .withUid("u")
                .withGeneration((long) generation)
                .withResourceVersion(String.valueOf(generation * 1000))
                .endMetadata()
                .withNewSpec()
                .withNodeName(PodFixture.NODE)
                .addNewContainer()
                .withName("main")
                .withImage("kybern/testbox:1")
                .addNewResizePolicy("cpu", whenResized)
                .withNewResources()
                .withRequests(Map.of("cpu", new Quantity(cpu), "memory", new Quantity("64Mi")))
                .withLimits(Map.of("cpu", new Quantity(cpu), "memory", new Quantity("64Mi")))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
    }

    @BeforeEach
    void begin(@TempDir Path directory) {
        fixture = new PodFixture(runtime, directory);
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
    }

    private ContainerStatus first(Pod pod) {
        return fixture.client.status(pod).getContainerStatuses().getFirst();
    }

    private List<PodCondition> conditions(Pod pod) {
        return fixture.client.status(pod).getConditions().stream()
                .filter(c -> c.getType().startsWith("PodResize"))
                .toList();
    }

    private String start(Pod pod) {
        fixture.keeper.seen(pod);
        await("it runs")
                .atMost(PATIENCE)
                .until(() -> fixture.client.status(pod).getContainerStatuses() != null
                        && !fixture.client.status(pod).getContainerStatuses().isEmpty()
                        && first(pod).getState().getRunning() != null);
        return runtime.running("main").orElseThrow();
    }

    private void awaitCpu(Pod pod, String cpu) {
        await("the status tells of it").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(first(pod).getResources().getLimits()).containsEntry("cpu", new Quantity(cpu));
            assertThat(first(pod).getAllocatedResources()).containsEntry("cpu", new Quantity(cpu));
            assertThat(first(pod).getState().getRunning()).isNotNull();
            assertThat(conditions(pod)).isEmpty();
        });
    }

    @Test
    void aRunningContainerGetsOtherLimitsWithoutARestart() {
        String id = start(pod(1, "100m", "NotRequired"));
        Pod wanted = pod(2, "200m", "NotRequired");
        fixture.keeper.seen(wanted);
        awaitCpu(wanted, "200m");
        assertThat(runtime.inspect(id).orElseThrow().resources().cpuQuotaMicros())
                .isEqualTo(20_000);
        assertThat(first(wanted).getRestartCount()).isZero();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(fixture.events.reasons()).contains("ResizeStarted", "ResizeCompleted"));
        assertThat(fixture.client.status(wanted).getObservedGeneration()).isEqualTo(2);
    }

    @Test
    void aContainerThatAsksForItIsStartedAnewWithItsNewLimits() {
        start(pod(1, "100m", "RestartContainer"));
        Pod wanted = pod(2, "200m", "RestartContainer");
        fixture.keeper.seen(wanted);
        awaitCpu(wanted, "200m");
        assertThat(first(wanted).getRestartCount()).isEqualTo(1);
        String id = runtime.running("main").orElseThrow();
        assertThat(runtime.inspect(id).orElseThrow().resources().cpuQuotaMicros())
                .isEqualTo(20_000);
        assertThat(fixture.events.messages).contains("Container main resize requires restart");
    }

    @Test
    void aWishThatNoNodeOfThisSizeCanFulfilWaitsAndChangesNothing() {
        fixture.node = new NodeBuilder()
                .withNewMetadata()
                .withName(PodFixture.NODE)
                .endMetadata()
                .withNewStatus()
                .withAllocatable(
                        Map.of("cpu", new Quantity("1"), "memory", new Quantity("1Gi"), "pods", new Quantity("10")))
                .endStatus()
                .build();
        String id = start(pod(1, "100m", "NotRequired"));
        Pod wanted = pod(2, "4", "NotRequired");
        fixture.keeper.seen(wanted);
        await("it is refused").atMost(PATIENCE).untilAsserted(() -> assertThat(conditions(wanted))
                .singleElement()
                .satisfies(c -> {
                    assertThat(c.getType()).isEqualTo("PodResizePending");
                    assertThat(c.getReason()).isEqualTo("Infeasible");
                    assertThat(c.getMessage())
                            .isEqualTo("Node didn't have enough capacity: cpu, requested: 4000, capacity: 1000");
                }));
        assertThat(first(wanted).getAllocatedResources()).containsEntry("cpu", new Quantity("100m"));
        assertThat(runtime.inspect(id).orElseThrow().resources().cpuQuotaMicros())
                .isEqualTo(10_000);

        Pod humble = pod(3, "500m", "NotRequired");
        fixture.keeper.seen(humble);
        awaitCpu(humble, "500m");
    }
}
