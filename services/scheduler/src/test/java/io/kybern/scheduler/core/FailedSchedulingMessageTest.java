package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.on;
import static io.kybern.scheduler.core.Given.pod;
import static io.kybern.scheduler.core.Given.requests;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The words of the FailedScheduling event, which people and tools read. */
@Timeout(60)
class FailedSchedulingMessageTest {

    private final SchedulerFixture given = new SchedulerFixture();

    private static Node tainted(String name) {
        return node(name, "4", "8Gi", n -> n.editSpec()
                .addNewTaint()
                .withKey("node.kubernetes.io/unreachable")
                .withEffect("NoSchedule")
                .endTaint()
                .endSpec());
    }

    private String messageFor(Pod pod) {
        given.pod(pod);
        given.tryAll();
        return given.events.getLast();
    }

    @Test
    void countsReasonsOverNodes() {
        given.nodes(node("a", "1", "1Gi"), tainted("b"));
        given.pod(pod("first", requests("cpu", "900m"), on("a")));
        assertThat(messageFor(pod("p", requests("cpu", "500m"))))
                .isEqualTo("FailedScheduling: 0/2 nodes are available: 1 Insufficient cpu, "
                        + "1 node(s) had untolerated taint(s). preemption: 0/2 nodes are available: "
                        + "1 No preemption victims found for incoming pod, "
                        + "1 Preemption is not helpful for scheduling.");
    }

    @Test
    void namesEveryLackingResourceOfANode() {
        given.nodes(node("a", "1", "1Gi"), node("b", "1", "1Gi"));
        assertThat(messageFor(pod("p", requests("cpu", "8", "memory", "64Gi", "example.com/gpu", "1"))))
                .isEqualTo("FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu, "
                        + "2 Insufficient example.com/gpu, 2 Insufficient memory. preemption: 0/2 nodes are available: "
                        + "2 Preemption is not helpful for scheduling.");
    }

    @Test
    void saysThatThereIsNoNode() {
        assertThat(messageFor(pod("p"))).isEqualTo("FailedScheduling: no nodes available to schedule pods");
    }

    @Test
    void saysThatNodesAreCordoned() {
        given.nodes(
                node("a", "1", "1Gi", n -> n.editSpec().withUnschedulable(true).endSpec()));
        assertThat(messageFor(pod("p")))
                .isEqualTo("FailedScheduling: 0/1 nodes are available: 1 node(s) were unschedulable. "
                        + "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.");
    }

    @Test
    void saysThatNoNodeMatchesTheSelector() {
        given.nodes(node("a", "1", "1Gi"));
        assertThat(messageFor(pod(
                        "p", p -> p.editSpec().addToNodeSelector("disk", "ssd").endSpec())))
                .isEqualTo("FailedScheduling: 0/1 nodes are available: 1 node(s) didn't match Pod's node "
                        + "affinity/selector. preemption: 0/1 nodes are available: "
                        + "1 Preemption is not helpful for scheduling.");
    }

    @Test
    void countsNodesRuledOutByNameBeforeFiltering() {
        given.nodes(node("a", "1", "1Gi"), node("b", "1", "1Gi"), node("c", "1", "1Gi"));
        Pod pod = pod("p", requests("cpu", "2"), p -> p.editSpec()
                .withNewAffinity()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addNewMatchField()
                .withKey("metadata.name")
                .withOperator("In")
                .withValues("b")
                .endMatchField()
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .endAffinity()
                .endSpec());
        assertThat(messageFor(pod))
                .isEqualTo("FailedScheduling: 0/3 nodes are available: 1 Insufficient cpu, "
                        + "2 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/3 nodes are available: "
                        + "3 Preemption is not helpful for scheduling.");
    }

    @Test
    void saysThatPreemptionIsNotWanted() {
        given.nodes(node("a", "1", "1Gi"));
        Pod pod = pod("p", requests("cpu", "2"), p -> p.editSpec()
                .withPreemptionPolicy("Never")
                .endSpec());
        assertThat(messageFor(pod))
                .isEqualTo("FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. "
                        + "preemption: not eligible due to preemptionPolicy=Never.");
    }

    @Test
    void saysThatANodeIsFull() {
        given.nodes(node("a", "1", "1Gi", n -> n.editStatus()
                .addToAllocatable("pods", new io.fabric8.kubernetes.api.model.Quantity("1"))
                .endStatus()));
        given.pod(pod("first", on("a")));
        assertThat(messageFor(pod("p")))
                .isEqualTo("FailedScheduling: 0/1 nodes are available: 1 Too many pods. preemption: "
                        + "0/1 nodes are available: 1 No preemption victims found for incoming pod.");
    }
}
