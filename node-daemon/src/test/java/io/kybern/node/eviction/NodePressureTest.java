package io.kybern.node.eviction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.testing.MutableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodePressureTest {

    private static final long MEBI = 1L << 20;

    private final FakeNode node = new FakeNode();
    private final Pressures pressures = new Pressures();
    private final MutableClock clock = new MutableClock();
    private Supply supply = memory(1000);

    private static Supply memory(long availableMebi) {
        return new Supply(Map.of(Signal.MEMORY, new Supply.Level(2000 * MEBI, availableMebi * MEBI)));
    }

    private static Supply disk(long availableMebi) {
        return new Supply(Map.of(Signal.DISK, new Supply.Level(2000 * MEBI, availableMebi * MEBI)));
    }

    private NodePressure watching(String thresholds) {
        return watching(Thresholds.parse(thresholds));
    }

    private NodePressure watching(List<Threshold> thresholds) {
        EvictionSettings settings = new EvictionSettings(thresholds, 7, Duration.ofMinutes(5));
        return new NodePressure(node, settings, () -> supply, pressures, clock);
    }

    private static Pod pod(String name, int priority, String request) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("ns")
                .withUid(name)
                .endMetadata()
                .withNewSpec()
                .withPriority(priority)
                .addNewContainer()
                .withName("c")
                .withNewResources()
                .addToRequests("memory", new Quantity(request))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
    }

    @Test
    void nobodyGoesWhileThereIsEnough() {
        node.uses.put(pod("p", 0, "0"), 100 * MEBI);
        watching("memory.available<100Mi").look();
        assertThat(node.evicted).isEmpty();
        assertThat(pressures.now()).isEmpty();
    }

    @Test
    void theOneThatTakesMostAboveItsRequestGoesAndIsToldWhy() {
        node.uses.put(pod("modest", 0, "500Mi"), 400 * MEBI);
        node.uses.put(pod("greedy", 0, "10Mi"), 300 * MEBI);
        node.uses.put(pod("little", 0, "0"), 20 * MEBI);
        supply = memory(50);
        watching("memory.available<100Mi").look();
        assertThat(node.evicted)
                .containsExactly(
                        "greedy: The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi."
                                + " Container c was using 300Mi, request is 10Mi, has larger consumption of memory. ");
        assertThat(pressures.now()).containsExactly("MemoryPressure");
    }

    @Test
    void ofThoseThatTakeTooMuchTheLeastImportantGoesFirst() {
        node.uses.put(pod("important", 1000, "0"), 300 * MEBI);
        node.uses.put(pod("unimportant", 0, "0"), 30 * MEBI);
        supply = memory(50);
        watching("memory.available<5%").look();
        assertThat(node.evicted).singleElement().asString().startsWith("unimportant: ");
    }

    @Test
    void podsThatTheClusterNeedsStay() {
        node.uses.put(pod("critical", 2_000_000_000, "0"), 300 * MEBI);
        Pod ofNode = new PodBuilder(pod("static", 0, "0"))
                .editMetadata()
                .addToAnnotations("kubernetes.io/config.source", "file")
                .endMetadata()
                .build();
        node.uses.put(ofNode, 300 * MEBI);
        supply = memory(50);
        watching("memory.available<100Mi").look();
        assertThat(node.evicted).isEmpty();
        assertThat(pressures.now()).containsExactly("MemoryPressure");
    }

    @Test
    void whatNoPodUsesGoesBeforePods() {
        node.uses.put(pod("p", 0, "0"), 30 * MEBI);
        supply = disk(50);
        node.reclaim = () -> supply = disk(500);
        watching("nodefs.available<5%").look();
        assertThat(node.evicted).isEmpty();
        node.reclaim = null;
        supply = disk(50);
        watching("nodefs.available<5%").look();
        assertThat(node.evicted)
                .containsExactly(
                        "p: The node was low on resource: ephemeral-storage. Threshold quantity: 100Mi, available: 50Mi."
                                + " Container c was using 30Mi, request is 0, has larger consumption of"
                                + " ephemeral-storage. ");
    }

    @Test
    void whatAPodKeepsInItsVolumesCountsToo() {
        node.uses.put(pod("writes-into-its-layer", 0, "0"), 200 * MEBI);
        Pod filler = pod("fills-its-volume", 0, "0");
        node.uses.put(filler, 0L);
        node.inVolumes.put(filler, 300 * MEBI);
        supply = disk(50);
        watching("nodefs.available<5%").look();
        assertThat(node.evicted)
                .containsExactly(
                        "fills-its-volume: The node was low on resource: ephemeral-storage. Threshold quantity: 100Mi,"
                                + " available: 50Mi. ");
    }

    @Test
    void nobodyElseGoesUntilTheFirstHasGivenBackWhatItHad() {
        node.uses.put(pod("p", 0, "0"), 300 * MEBI);
        NodePressure watching = watching("memory.available<100Mi");
        supply = memory(50);
        node.leaves = new CompletableFuture<>();
        watching.look();
        clock.advance(Duration.ofSeconds(10));
        watching.look();
        assertThat(node.evicted).hasSize(1);
        node.leaves.complete(null);
        watching.look();
        assertThat(node.evicted).hasSize(2);
        node.leaves = new CompletableFuture<>();
        watching.look();
        clock.advance(Duration.ofSeconds(31));
        watching.look();
        assertThat(node.evicted).as("it takes too long").hasSize(4);
    }

    @Test
    void aConditionStaysForAWhileAfterItWasSeenLast() {
        supply = memory(50);
        NodePressure watching = watching("memory.available<100Mi");
        watching.look();
        supply = memory(1000);
        clock.advance(Duration.ofMinutes(4));
        watching.look();
        assertThat(pressures.now()).containsExactly("MemoryPressure");
        clock.advance(Duration.ofMinutes(2));
        watching.look();
        assertThat(pressures.now()).isEmpty();
    }

    @Test
    void underASoftThresholdAPodGoesAfterAWhileAndMayTakeItsTime() {
        node.uses.put(pod("p", 0, "0"), 300 * MEBI);
        supply = memory(400);
        NodePressure watching = watching(
                Thresholds.parse("memory.available<100Mi", "memory.available<500Mi", "memory.available=1m30s", ""));
        watching.look();
        assertThat(node.evicted).isEmpty();
        assertThat(pressures.now()).containsExactly("MemoryPressure");
        clock.advance(Duration.ofSeconds(89));
        watching.look();
        assertThat(node.evicted).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        watching.look();
        assertThat(node.evicted).singleElement().asString().contains("Threshold quantity: 500Mi, available: 400Mi.");
        assertThat(node.graces).containsExactly(7L);
    }

    @Test
    void patienceBeginsAnewWhenThereWasEnoughMeanwhile() {
        node.uses.put(pod("p", 0, "0"), 300 * MEBI);
        NodePressure watching = watching(Thresholds.parse("", "memory.available<500Mi", "memory.available=60s", ""));
        supply = memory(400);
        watching.look();
        clock.advance(Duration.ofSeconds(40));
        supply = memory(600);
        watching.look();
        supply = memory(400);
        clock.advance(Duration.ofSeconds(40));
        watching.look();
        assertThat(node.evicted).isEmpty();
    }

    @Test
    void aHardThresholdDoesNotWaitForTheSoftOne() {
        node.uses.put(pod("p", 0, "0"), 300 * MEBI);
        supply = memory(50);
        watching(Thresholds.parse("memory.available<100Mi", "memory.available<500Mi", "memory.available=1h", ""))
                .look();
        assertThat(node.evicted).singleElement().asString().contains("Threshold quantity: 100Mi");
        assertThat(node.graces).containsExactly(1L);
    }

    @Test
    void podsGoUntilAsMuchMoreThanTheThresholdIsLeftAsIsAskedFor() {
        node.uses.put(pod("p", 0, "0"), 300 * MEBI);
        NodePressure watching = watching(Thresholds.parse("memory.available<100Mi", "", "", "memory.available=200Mi"));
        supply = memory(200);
        watching.look();
        assertThat(node.evicted).isEmpty();
        supply = memory(50);
        watching.look();
        supply = memory(299);
        watching.look();
        assertThat(node.evicted).hasSize(2);
        supply = memory(300);
        watching.look();
        assertThat(node.evicted).hasSize(2);
    }

    @Test
    void thresholdsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> Thresholds.parse("", "memory.available<1Gi", "", ""))
                .hasMessage("grace period must be specified for the soft eviction threshold memory.available");
        assertThatThrownBy(() -> Thresholds.parse("", "memory.available<1Gi", "memory.available=soon", ""))
                .hasMessage("a duration looks like 1m30s, not soon");
        assertThatThrownBy(() -> Thresholds.parse("memory.available>100Mi"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Thresholds.parse("luck.available<1"))
                .hasMessage("there is no eviction signal luck.available");
        assertThat(Thresholds.parse("")).isEmpty();
    }

    /** Remembers who was made to go. */
    private static final class FakeNode implements NodePressure.Ports {
        private final Map<Pod, Long> uses = new LinkedHashMap<>();
        private final List<String> evicted = new ArrayList<>();
        private final List<Long> graces = new ArrayList<>();
        private final Map<Pod, Long> inVolumes = new HashMap<>();
        private CompletableFuture<Void> leaves = CompletableFuture.completedFuture(null);
        private Runnable reclaim;

        @Override
        public List<Pod> pods() {
            return List.copyOf(uses.keySet());
        }

        @Override
        public PodUse use(Pod pod, String resource) {
            return new PodUse(pod, Map.of("c", uses.get(pod)), inVolumes.getOrDefault(pod, 0L));
        }

        @Override
        public boolean reclaimDisk() {
            if (reclaim == null) {
                return false;
            }
            reclaim.run();
            return true;
        }

        @Override
        public CompletableFuture<Void> evict(Pod pod, String message, long graceSeconds) {
            evicted.add(pod.getMetadata().getName() + ": " + message);
            graces.add(graceSeconds);
            return leaves;
        }
    }
}
