package io.kybern.nodelifecycle.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.model.PodStates;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeLifecycleReconcilerTest {

    private static final String NOT_READY = "node.kubernetes.io/not-ready";
    private static final String UNREACHABLE = "node.kubernetes.io/unreachable";

    private final NodeFixture given = new NodeFixture();

    /** Two nodes; {@code lost} falls silent, the other does not. */
    private void lose(String lost, String alive) {
        given.look(lost, alive);
        given.pass(NodeFixture.GRACE);
        given.beat(alive);
        given.look(alive, lost);
    }

    @Test
    void aSilentNodeBecomesUnknownWithEverythingItVouchedFor() {
        given.node("a");
        given.node("b");
        given.look("a", "b");
        given.pass(NodeFixture.GRACE.minusSeconds(1));
        given.look("a");
        assertThat(given.condition("a", "Ready")).startsWith("True");
        given.pass(Duration.ofSeconds(1));
        given.beat("b");
        given.look("b", "a");
        assertThat(given.condition("a", "Ready"))
                .isEqualTo("Unknown NodeStatusUnknown Kubelet stopped posting node status.");
        assertThat(given.condition("a", "DiskPressure")).startsWith("Unknown NodeStatusUnknown");
        assertThat(given.condition("a", "MemoryPressure"))
                .isEqualTo("Unknown NodeStatusNeverUpdated Kubelet never posted node status.");
        assertThat(given.condition("a", "NetworkUnavailable"))
                .as("not the node's to vouch for")
                .startsWith("False");
        assertThat(given.taints("a")).containsExactly(UNREACHABLE + ":NoSchedule", UNREACHABLE + ":NoExecute");
        assertThat(given.cluster.takeEvents())
                .contains("Normal NodeNotReady Node a status is now: NodeNotReady")
                .doesNotContain("Normal NodeNotReady Node b status is now: NodeNotReady");
        assertThat(given.condition("b", "Ready")).startsWith("True");
    }

    @Test
    void comingAndGoingOfANodeIsToldOnce() {
        given.node("a");
        given.look("a");
        given.look("a");
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal RegisteredNode Node a event: Registered Node a in Controller");
        given.nodes.remove(ObjectKey.clusterScoped("a"));
        given.look("a");
        given.look("a");
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal RemovingNode Node a event: Removing Node a from Controller");
    }

    @Test
    void aRenewedLeaseIsEnough() {
        given.node("a");
        for (int i = 0; i < 10; i++) {
            given.look("a");
            given.pass(Duration.ofSeconds(30));
            given.beat("a");
        }
        given.look("a");
        assertThat(given.condition("a", "Ready")).startsWith("True");
        assertThat(given.nodes.takeWrites()).isEmpty();
    }

    @Test
    void aNodeIsNotCondemnedByCachesThatStandStill() {
        given.node("a");
        given.node("b");
        given.look("a", "b");
        given.leases.hold();
        given.pass(Duration.ofSeconds(30));
        given.beat("a", "b");
        given.pass(Duration.ofSeconds(30));
        given.look("a", "b");
        assertThat(given.nodes.takeWrites()).isEmpty();
    }

    @Test
    void aNodeIsNotCondemnedWhileTheApiServerCannotBeAsked() {
        given.node("a");
        given.look("a");
        given.pass(NodeFixture.GRACE);
        given.nodes.failWrites(write -> ApiFailure.unreachable("PATCH", new IllegalStateException("away")));
        assertThatThrownBy(() -> given.look("a")).isInstanceOf(ApiFailure.class);
        assertThat(given.condition("a", "Ready")).startsWith("True");
    }

    @Test
    void everyNodeHasItsTimeAnewAfterNobodyLed() {
        given.node("a");
        given.node("b");
        given.look("a", "b");
        given.pass(NodeFixture.GRACE.multipliedBy(2));
        given.lifecycle.begin();
        given.look("a", "b");
        given.pass(NodeFixture.GRACE.minusSeconds(1));
        given.look("a", "b");
        assertThat(given.nodes.takeWrites()).isEmpty();
        given.pass(Duration.ofSeconds(1));
        given.look("a");
        assertThat(given.condition("a", "Ready")).startsWith("Unknown");
    }

    @Test
    void podsOfALostNodeAreNoLongerReady() {
        given.node("a");
        given.node("b");
        given.pod("p", "a");
        given.pod("q", "b");
        lose("a", "b");
        assertThat(ready("p")).isFalse();
        assertThat(ready("q")).isTrue();
        assertThat(given.cluster.takeEvents()).contains("Warning NodeNotReady Node is not ready");
    }

    @Test
    void aPodThatIsReadyAgainOnALostNodeIsMarkedAgain() {
        given.node("a");
        given.node("b");
        Pod pod = given.pod("p", "a");
        lose("a", "b");
        pod.getMetadata().setResourceVersion(null);
        given.pods.put(pod);
        given.look("a");
        assertThat(ready("p")).isFalse();
    }

    @Test
    void aNodeThatSaysItIsNotReadySpeaksForItsPodsAfterwards() {
        given.node("a");
        given.node("b");
        Pod pod = given.pod("p", "a");
        given.look("a", "b");
        given.post("a", "False");
        given.look("a");
        assertThat(ready("p")).isFalse();
        assertThat(given.taints("a")).containsExactly(NOT_READY + ":NoSchedule", NOT_READY + ":NoExecute");
        pod.getMetadata().setResourceVersion(null);
        given.pods.put(pod);
        given.look("a");
        assertThat(ready("p")).isTrue();
    }

    @Test
    void aNodeThatReturnsIsClean() {
        given.node("a");
        given.node("b");
        lose("a", "b");
        given.beat("a");
        given.post("a", "True");
        given.look("a");
        assertThat(given.taints("a")).isEmpty();
    }

    @Test
    void unknownBecomesNotReadyAtOnceWithoutAnotherWait() {
        given.node("a");
        given.node("b");
        lose("a", "b");
        given.beat("a");
        given.post("a", "False");
        given.look("a");
        assertThat(given.taints("a")).containsExactly(NOT_READY + ":NoSchedule", NOT_READY + ":NoExecute");
    }

    @Test
    void nobodyIsEvictedWhenNoNodeIsReady() {
        given.node("a");
        given.node("b");
        given.look("a", "b");
        given.pass(NodeFixture.GRACE);
        given.look("a", "b", "a", "b");
        assertThat(given.taints("a")).containsExactly(UNREACHABLE + ":NoSchedule");
        assertThat(given.taints("b")).containsExactly(UNREACHABLE + ":NoSchedule");
        given.beat("b");
        given.post("b", "True");
        given.pass(Duration.ofSeconds(10));
        given.look("b", "a");
        assertThat(given.taints("a")).containsExactly(UNREACHABLE + ":NoSchedule", UNREACHABLE + ":NoExecute");
    }

    @Test
    void lostNodesAreEmptiedOneByOne() {
        for (String name : List.of("a", "b", "c", "d", "e", "f")) {
            given.node(name);
        }
        given.look("a", "b", "c", "d", "e", "f");
        given.pass(NodeFixture.GRACE);
        given.beat("c", "d", "e", "f");
        given.look("c", "d", "e", "f", "a", "b");
        assertThat(given.taints("a")).contains(UNREACHABLE + ":NoExecute");
        assertThat(given.taints("b")).containsExactly(UNREACHABLE + ":NoSchedule");
        given.pass(Duration.ofSeconds(10));
        given.beat("c", "d", "e", "f");
        given.look("b");
        assertThat(given.taints("b")).contains(UNREACHABLE + ":NoExecute");
    }

    @Test
    void aSmallZoneOfWhichMostIsLostIsNotEmptied() {
        for (String name : List.of("a", "b", "c", "d", "e")) {
            given.node(name);
        }
        given.look("a", "b", "c", "d", "e");
        given.pass(NodeFixture.GRACE);
        given.beat("d", "e");
        // all three are marked before the first is asked about again
        for (String lost : List.of("a", "b", "c")) {
            NodeFixture.run(given.lifecycle, ObjectKey.clusterScoped(lost));
        }
        given.look("a", "b", "c");
        assertThat(given.taints("a")).containsExactly(UNREACHABLE + ":NoSchedule");
        assertThat(given.taints("c")).containsExactly(UNREACHABLE + ":NoSchedule");
    }

    @Test
    void conditionsAndCordonBecomeTaints() {
        given.node("a", n -> n.editSpec()
                .withUnschedulable(true)
                .addNewTaint("NoSchedule", "mine", null, null)
                .endSpec()
                .editStatus()
                .addNewCondition()
                .withType("MemoryPressure")
                .withStatus("True")
                .endCondition()
                .endStatus());
        given.look("a");
        assertThat(given.taints("a"))
                .containsExactly(
                        "mine:NoSchedule",
                        "node.kubernetes.io/memory-pressure:NoSchedule",
                        "node.kubernetes.io/unschedulable:NoSchedule");
    }

    @Test
    void aNodeThatHasNotPostedYetHasMoreTimeAndKeepsTheTaintItRegisteredWith() {
        given.node("new", n -> n.withNewStatus().endStatus());
        given.node("b");
        given.look("new", "b");
        assertThat(given.taints("new")).isEmpty();
        given.pass(Duration.ofSeconds(59));
        given.beat("b");
        given.look("new");
        assertThat(given.condition("new", "Ready")).isEqualTo("none");
        given.pass(Duration.ofSeconds(1));
        given.look("new");
        assertThat(given.condition("new", "Ready"))
                .isEqualTo("Unknown NodeStatusNeverUpdated Kubelet never posted node status.");
    }

    @Test
    void aHealthyNodeCausesNoWritesAndIsLookedAtWhenItsNextSignIsDue() {
        given.node("a");
        given.look("a");
        given.pass(Duration.ofSeconds(10));
        Outcome outcome = NodeFixture.run(given.lifecycle, ObjectKey.clusterScoped("a"));
        assertThat(outcome).isEqualTo(Outcome.again(Duration.ofSeconds(30), "a heartbeat is due"));
        assertThat(given.nodes.takeWrites()).isEmpty();
    }

    private boolean ready(String pod) {
        return PodStates.isReady(given.pods.require("default", pod));
    }
}
