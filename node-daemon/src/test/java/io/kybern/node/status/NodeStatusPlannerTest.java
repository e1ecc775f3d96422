package io.kybern.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.kybern.node.runtime.EngineInfo;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeStatusPlannerTest {

    private static final EngineInfo ENGINE = new EngineInfo("docker", "1", "none", "6", 1, 1L << 30, "2", Set.of());

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
    void severalReasonsStandInBrackets() {
        assertThat(ready(null, true, true))
                .isEqualTo("False KubeletNotReady: [container runtime is down, node is shutting down]");
        assertThat(ready(ENGINE, false, false))
                .startsWith("False KubeletNotReady: container runtime network not ready: NetworkReady=false");
    }
}
