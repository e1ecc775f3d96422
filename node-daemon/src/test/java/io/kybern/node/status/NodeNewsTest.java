package io.kybern.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import org.junit.jupiter.api.Test;

class NodeNewsTest {

    private static final NodeStatus NONE = new NodeStatus();

    private static NodeStatus status(String memory, String disk, String ready) {
        return new NodeStatusBuilder()
                .addNewCondition()
                .withType("MemoryPressure")
                .withStatus(memory)
                .endCondition()
                .addNewCondition()
                .withType("DiskPressure")
                .withStatus(disk)
                .endCondition()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .endCondition()
                .build();
    }

    @Test
    void aNewNodeTellsWhatItHasEnoughOf() {
        assertThat(NodeNews.of(NONE, status("False", "False", "False")))
                .containsExactly("NodeHasSufficientMemory", "NodeHasNoDiskPressure");
    }

    @Test
    void aConditionThatTurnsIsTold() {
        NodeStatus fine = status("False", "False", "True");
        assertThat(NodeNews.of(status("False", "False", "Unknown"), fine)).containsExactly("NodeReady");
        assertThat(NodeNews.of(fine, status("False", "True", "False")))
                .containsExactly("NodeHasDiskPressure", "NodeNotReady");
        assertThat(NodeNews.of(fine, status("True", "False", "True"))).containsExactly("NodeHasInsufficientMemory");
    }

    @Test
    void whatStaysAsItWasIsNoNews() {
        NodeStatus fine = status("False", "False", "True");
        assertThat(NodeNews.of(fine, fine)).isEmpty();
    }

    @Test
    void eventsNameTheNodeWhereItsUidWouldBe() {
        assertThat(NodeNews.about("node-1").getUid()).isEqualTo("node-1");
    }
}
