package io.kybern.nodelifecycle.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeDecisionsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static Node node(String ready, Taint... taints) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName("n")
                .endMetadata()
                .withNewSpec()
                .withTaints(taints)
                .endSpec()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .endCondition()
                .endStatus()
                .build();
    }

    private static Pod pod(String tolerationKey, Long seconds) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .endMetadata()
                .withNewSpec()
                .addNewToleration()
                .withKey(tolerationKey)
                .withOperator("Exists")
                .withEffect("NoExecute")
                .withTolerationSeconds(seconds)
                .endToleration()
                .endSpec()
                .build();
    }

    private static Taint unreachable(String since) {
        return new TaintBuilder()
                .withKey(NodeConditions.UNREACHABLE)
                .withEffect("NoExecute")
                .withTimeAdded(since)
                .build();
    }

    @Test
    void everyNodeGetsARangeOfItsOwnUntilNoneIsLeft() {
        PodCidrs ranges = PodCidrs.parse("10.244.0.0/16", 24);
        Set<String> taken = new HashSet<>();
        for (int i = 0; i < 256; i++) {
            taken.add(ranges.free(taken).orElseThrow());
        }
        assertThat(taken).hasSize(256).contains("10.244.0.0/24", "10.244.255.0/24");
        assertThat(ranges.free(taken)).isEmpty();
    }

    @Test
    void aNodeThatIsUnknownIsTaintedUnreachableAndAReadyOneIsNot() {
        assertThat(NodeConditions.wantedTaints(node("Unknown"), true, NOW))
                .extracting(Taint::getKey, Taint::getEffect)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(NodeConditions.UNREACHABLE, "NoSchedule"),
                        org.assertj.core.groups.Tuple.tuple(NodeConditions.UNREACHABLE, "NoExecute"));
        assertThat(NodeConditions.wantedTaints(node("True", unreachable("2026-01-01T00:00:00Z")), true, NOW))
                .isEmpty();
    }

    @Test
    void withoutAnyReadyNodeNobodyIsEvicted() {
        assertThat(NodeConditions.wantedTaints(node("Unknown"), false, NOW))
                .extracting(Taint::getEffect)
                .containsExactly("NoSchedule");
    }

    @Test
    void theTimeOfATaintStaysAndTaintsOfOthersToo() {
        Taint others =
                new TaintBuilder().withKey("mine").withEffect("NoSchedule").build();
        List<Taint> taints =
                NodeConditions.wantedTaints(node("Unknown", others, unreachable("2025-12-31T00:00:00Z")), true, NOW);
        assertThat(taints).contains(others, unreachable("2025-12-31T00:00:00Z"));
    }

    @Test
    void aPodLeavesWhenItsTolerationRunsOut() {
        List<Taint> taints = List.of(unreachable("2026-01-01T00:00:00Z"));
        assertThat(TaintEvictionReconciler.leavesAt(pod(NodeConditions.UNREACHABLE, 300L), taints, NOW))
                .isEqualTo(NOW.plusSeconds(300));
        assertThat(TaintEvictionReconciler.leavesAt(pod("other", 300L), taints, NOW))
                .isEqualTo(NOW);
        assertThat(TaintEvictionReconciler.leavesAt(pod(NodeConditions.UNREACHABLE, null), taints, NOW))
                .isNull();
        assertThat(TaintEvictionReconciler.leavesAt(pod("other", 1L), List.of(), NOW))
                .isNull();
    }

    @Test
    void aHeartbeatIsAnyChangeByTheOwnClock() {
        Heartbeats heartbeats = new Heartbeats();
        Node node = node("True");
        assertThat(heartbeats.last(node, Optional.empty(), NOW)).isEqualTo(NOW);
        assertThat(heartbeats.last(node, Optional.empty(), NOW.plusSeconds(30))).isEqualTo(NOW);
        node.getStatus().getConditions().getFirst().setLastHeartbeatTime("2020-01-01T00:00:00Z");
        assertThat(heartbeats.last(node, Optional.empty(), NOW.plusSeconds(31))).isEqualTo(NOW.plusSeconds(31));
    }
}
