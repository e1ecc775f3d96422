package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.cgroups.PodGroup;
import io.kybern.node.cgroups.PodGroups;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
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
    void twoPodsAreNotGivenTheSameRoom() throws Exception {
        fixture.node = new NodeBuilder()
                .withNewMetadata()
                .withName(PodFixture.NODE)
                .endMetadata()
                .withNewStatus()
                .withAllocatable(
                        Map.of("cpu", new Quantity("1"), "memory", new Quantity("1Gi"), "pods", new Quantity("10")))
                .endStatus()
                .build();
        fixture.keeper.seen(named("one", pod(1, "100m", "NotRequired")));
        fixture.keeper.seen(named("two", pod(1, "100m", "NotRequired")));
        await("both run").atMost(PATIENCE).until(() -> fixture.keeper.runningContainers() == 2);
        // whoever reads the node waits for the other to do so, too, if it can
        CyclicBarrier both = new CyclicBarrier(2);
        fixture.whenNodeIsRead = () -> {
            try {
                both.await(2, TimeUnit.SECONDS);
            } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
            } catch (BrokenBarrierException | TimeoutException alone) {
                both.reset();
            }
        };
        Pod one = named("one", pod(2, "800m", "NotRequired"));
        Pod two = named("two", pod(2, "800m", "NotRequired"));
        fixture.keeper.seen(one);
        fixture.keeper.seen(two);
        await("both wishes are judged").atMost(PATIENCE).until(() -> Stream.of(one, two)
                .allMatch(each ->
                        Long.valueOf(2).equals(fixture.client.status(each).getObservedGeneration())));
        fixture.whenNodeIsRead = () -> {};
        assertThat(fixture.events.reasons()).containsOnlyOnce("ResizeStarted").contains("ResizeDeferred");
    }

    private static Pod named(String name, Pod pod) {
        return new PodBuilder(pod)
                .editMetadata()
                .withName(name)
                .withUid(name)
                .endMetadata()
                .build();
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

    /** One group, of which the test says how much memory is in use. */
    private static final class OneGroup implements PodGroups {
        private final List<PodGroup.Limits> given = new CopyOnWriteArrayList<>();
        private volatile long inUse;

        @Override
        public Optional<String> ensure(PodGroup group) {
            if (given.isEmpty()) {
                given.add(group.limits());
            }
            return Optional.of("/g");
        }

        @Override
        public void raise(PodGroup group) {}

        @Override
        public boolean settle(PodGroup group) {
            given.add(group.limits());
            return true;
        }

        @Override
        public Optional<PodGroup.Limits> limits(String uid) {
            return given.isEmpty() ? Optional.empty() : Optional.of(given.getLast());
        }

        @Override
        public OptionalLong memoryBytes(String uid) {
            return OptionalLong.of(inUse);
        }

        @Override
        public OptionalLong memoryBytes(String uid, String container) {
            return OptionalLong.of(inUse);
        }

        @Override
        public void remove(String uid) {}

        @Override
        public void retain(Set<String> uids) {}

        @Override
        public void sweep() {}
    }

    private static Pod withMemory(Pod pod, String memory) {
        return new PodBuilder(pod)
                .editSpec()
                .editContainer(0)
                .editResources()
                .addToRequests("memory", new Quantity(memory))
                .addToLimits("memory", new Quantity(memory))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
    }

    @Test
    void memoryThatIsInUseIsNotTakenAway(@TempDir Path directory) throws Exception {
        fixture.close();
        OneGroup group = new OneGroup();
        fixture = new PodFixture(runtime, group, directory);
        String id = start(pod(1, "100m", "NotRequired"));
        group.inUse = 40 << 20;
        Pod asked = withMemory(pod(2, "100m", "NotRequired"), "32Mi");
        Pod wanted =
                new PodBuilder(asked).withStatus(fixture.client.status(asked)).build();
        fixture.keeper.seen(wanted);
        await("it is refused").atMost(PATIENCE).untilAsserted(() -> assertThat(conditions(wanted))
                .singleElement()
                .satisfies(c -> {
                    assertThat(c.getType()).isEqualTo("PodResizeInProgress");
                    assertThat(c.getReason()).isEqualTo("Error");
                    assertThat(c.getMessage())
                            .isEqualTo(
                                    "cannot decrease memory limits: [attempting to set pod memory limit (33554432) below"
                                            + " current usage (41943040), attempting to set container \"main\" memory limit"
                                            + " (33554432) below current usage (41943040)]");
                }));
        assertThat(runtime.inspect(id).orElseThrow().resources().memoryBytes()).isEqualTo(64 << 20);
        assertThat(first(wanted).getResources().getLimits()).containsEntry("memory", new Quantity("64Mi"));
        assertThat(fixture.events.reasons()).contains("ResizeError");

        Pod humble = withMemory(pod(3, "100m", "NotRequired"), "48Mi");
        fixture.keeper.seen(humble);
        await("it is resized").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(conditions(humble)).isEmpty();
            assertThat(first(humble).getResources().getLimits()).containsEntry("memory", new Quantity("48Mi"));
        });
        assertThat(group.given.getLast().memoryBytes()).isEqualTo(48 << 20);
    }

    /** The pod's only container as it was made for it. */
    private ObservedPod observed(Pod pod) {
        String id = start(pod);
        return ObservedPod.of(
                ObservedContainer.of(runtime.inspect(id).orElseThrow()).stream().toList());
    }

    @Test
    void memoryThatIsStillInUseIsToldOfOnceHoweverMuchItIs(@TempDir Path directory) throws Exception {
        fixture.close();
        OneGroup group = new OneGroup();
        fixture = new PodFixture(runtime, group, directory);
        ObservedPod observed = observed(pod(1, "100m", "NotRequired"));
        PodResizes resizes = new PodResizes(fixture.ports, pod -> Optional.empty());
        resizes.grant(pod(1, "100m", "NotRequired"));
        Pod wanted = resizes.grant(withMemory(pod(2, "100m", "NotRequired"), "32Mi"));
        group.inUse = 40 << 20;
        resizes.carryOut(wanted, observed, (container, why) -> {});
        PodResizes.News first = resizes.news();
        group.inUse = 41 << 20;
        resizes.carryOut(wanted, observed, (container, why) -> {});
        assertThat(first.error()).contains("below current usage (41943040)");
        assertThat(resizes.news()).isEqualTo(first);
        assertThat(fixture.events.reasons()).containsOnlyOnce("ResizeError");
    }

    @Test
    void aGroupThatAnEarlierProcessRaisedIsLoweredWhenItsContainersAreDone(@TempDir Path directory) throws Exception {
        fixture.close();
        OneGroup group = new OneGroup();
        fixture = new PodFixture(runtime, group, directory);
        Pod small = pod(1, "100m", "NotRequired");
        ObservedPod observed = observed(small);
        Pod known =
                new PodBuilder(small).withStatus(fixture.client.status(small)).build();
        group.given.clear();
        PodResizes next = new PodResizes(fixture.ports, pod -> Optional.empty());
        group.inUse = 65 << 20;
        next.carryOut(next.grant(known), observed, (container, why) -> {});
        assertThat(group.given).isEmpty();
        group.inUse = 40 << 20;
        next.carryOut(next.grant(known), observed, (container, why) -> {});
        next.carryOut(next.grant(known), observed, (container, why) -> {});
        assertThat(group.given).singleElement().satisfies(limits -> assertThat(limits.memoryBytes())
                .isEqualTo(64 << 20));
    }

    @Test
    void volumesHearWhatThePodMayHaveOfMemory() {
        start(pod(1, "100m", "NotRequired"));
        assertThat(fixture.volumes.seen)
                .satisfies(facts -> assertThat(facts.memoryBytes()).isEqualTo(64 << 20));
    }

    private static Pod whole(int generation, String memory) {
        return new PodBuilder(pod(generation, "100m", "NotRequired"))
                .editSpec()
                .withNewResources()
                .addToLimits("memory", new Quantity(memory))
                .addToLimits("cpu", new Quantity("200m"))
                .endResources()
                .editContainer(0)
                .withResources(null)
                .endContainer()
                .endSpec()
                .build();
    }

    @Test
    void aPodIsResizedAsAWholeWithItsContainersThatHaveNoLimitOfTheirOwn(@TempDir Path directory) throws Exception {
        fixture.close();
        OneGroup group = new OneGroup();
        fixture = new PodFixture(runtime, group, directory);
        String id = start(whole(1, "64Mi"));
        Pod wanted = whole(2, "96Mi");
        fixture.keeper.seen(wanted);
        await("it is resized").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(runtime.inspect(id).orElseThrow().resources().memoryBytes())
                    .isEqualTo(96 << 20);
            assertThat(group.given.getLast().memoryBytes()).isEqualTo(96 << 20);
            assertThat(fixture.client.status(wanted).getResources().getLimits())
                    .containsEntry("memory", new Quantity("96Mi"));
            assertThat(conditions(wanted)).isEmpty();
        });
    }
}
