package io.kybern.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.kybern.node.runtime.EngineInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeStatusPlannerTest {

    private static final EngineInfo ENGINE =
            new EngineInfo("docker", "1", "none", "6", 1, 1L << 30, "2", "cgroupfs", Set.of());

    private static String ready(EngineInfo engine, boolean networkReady, boolean shuttingDown) {
        var machine = new NodeStatusPlanner.Machine(
                "n",
                List.of("10.0.0.1"),
                engine,
                List.of(),
                1L << 30,
                Set.of(),
                networkReady,
                shuttingDown,
                Reservations.none());
        NodeCondition ready = NodeStatusPlanner.status(new Node(), machine, Instant.EPOCH).getConditions().stream()
                .filter(c -> c.getType().equals("Ready"))
                .findFirst()
                .orElseThrow();
        return ready.getStatus() + " " + ready.getReason() + ": " + ready.getMessage();
    }

    @Test
    void aNodeIsReadyWhenNothingSpeaksAgainstIt() {
        assertThat(ready(ENGINE, true, false)).isEqualTo("True KubeletReady: kubelet is posting ready status");
    }

    @Test
    void aNodeWhoseMachineIsTurnedOffIsNotReady() {
        assertThat(ready(ENGINE, true, true)).isEqualTo("False KubeletNotReady: node is shutting down");
    }

    @Test
    void ofTheProxyNobodySaysWhichVersionItHas() {
        assertThat(status(new Node(), Set.of(), true).getNodeInfo().getKubeProxyVersion())
                .isEmpty();
    }

    @Test
    void severalReasonsStandInBrackets() {
        assertThat(ready(null, true, true))
                .isEqualTo("False KubeletNotReady: [container runtime is down, node is shutting down]");
        assertThat(ready(ENGINE, false, false))
                .startsWith("False KubeletNotReady: container runtime network not ready: NetworkReady=false");
    }

    private static NodeStatus status(Node before, Set<String> pressures, boolean networkReady) {
        var machine = new NodeStatusPlanner.Machine(
                "n",
                List.of("10.0.0.1"),
                ENGINE,
                List.of(),
                1L << 30,
                pressures,
                networkReady,
                false,
                Reservations.none());
        return NodeStatusPlanner.status(before, machine, Instant.EPOCH);
    }

    @Test
    void aNodeThatWasReadyIsNotContradictedBeforeEverythingWasLookedAt() {
        NodeStatus ready = status(new Node(), Set.of(), true);
        NodeStatus full = status(new Node(), Set.of("DiskPressure"), true);
        NodeStatus unready = status(new Node(), Set.of(), false);
        assertThat(NodeStatusPlanner.contradicts(ready, unready)).isTrue();
        assertThat(NodeStatusPlanner.contradicts(ready, full)).isTrue();
        assertThat(NodeStatusPlanner.contradicts(full, ready)).isTrue();
        assertThat(NodeStatusPlanner.contradicts(ready, ready)).isFalse();
        assertThat(NodeStatusPlanner.contradicts(unready, ready))
                .as("that it is ready is told at once")
                .isFalse();
        assertThat(NodeStatusPlanner.contradicts(new NodeStatus(), unready)).isFalse();
    }

    @Test
    void whatOthersSayOfTheNodeStays() {
        NodeCondition other = new NodeConditionBuilder()
                .withType("KernelDeadlock")
                .withStatus("False")
                .build();
        Node before = new NodeBuilder()
                .withNewStatus()
                .withConditions(other)
                .endStatus()
                .build();
        assertThat(status(before, Set.of(), true).getConditions())
                .contains(other)
                .extracting(NodeCondition::getType)
                .containsExactly("KernelDeadlock", "MemoryPressure", "DiskPressure", "PIDPressure", "Ready");
    }
}
