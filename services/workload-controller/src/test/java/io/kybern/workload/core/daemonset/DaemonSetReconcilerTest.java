package io.kybern.workload.core.daemonset;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDaemonSet;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DaemonSetReconcilerTest {

    @Test
    void everyNodeHasAPodThatIsMadeForIt() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> {})) {
            agent.reconcile();
            assertThat(agent.places()).containsExactly("a", "b", "c");
            Pod pod = agent.on("a").getFirst();
            assertThat(pod.getSpec().getNodeName()).isNull();
            assertThat(pod.getSpec().getTolerations())
                    .extracting(Toleration::getKey)
                    .containsExactly(
                            "node.kubernetes.io/not-ready",
                            "node.kubernetes.io/unreachable",
                            "node.kubernetes.io/disk-pressure",
                            "node.kubernetes.io/memory-pressure",
                            "node.kubernetes.io/pid-pressure",
                            "node.kubernetes.io/unschedulable");
            assertThat(pod.getMetadata().getLabels())
                    .containsEntry("pod-template-generation", "1")
                    .containsKey("controller-revision-hash");
            agent.settle();
            assertThat(agent.status().getDesiredNumberScheduled()).isEqualTo(3);
            assertThat(agent.status().getCurrentNumberScheduled()).isEqualTo(3);
            assertThat(agent.status().getNumberReady()).isEqualTo(3);
            assertThat(agent.status().getNumberAvailable()).isEqualTo(3);
            assertThat(agent.status().getUpdatedNumberScheduled()).isEqualTo(3);
            assertThat(agent.status().getNumberUnavailable()).isNull();
        }
    }

    @Test
    void doesNothingMoreWhenNothingHappens() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> {})) {
            agent.settle();
            agent.sets.takeWrites();
            agent.pods.takeWrites();
            assertThat(agent.reconcile()).isEqualTo(Outcome.done());
            assertThat(agent.sets.takeWrites()).isEmpty();
            assertThat(agent.pods.takeWrites()).isEmpty();
        }
    }

    @Test
    void followsTheNodes() throws InterruptedException {
        try (DaemonFixture agent =
                new DaemonFixture(spec -> spec.getTemplate().getSpec().setNodeSelector(Map.of("disk", "ssd")))) {
            agent.settle();
            assertThat(agent.places()).isEmpty();
            agent.node(
                    "b", node -> node.editMetadata().addToLabels("disk", "ssd").endMetadata());
            agent.node(
                    "d", node -> node.editMetadata().addToLabels("disk", "ssd").endMetadata());
            agent.settle();
            assertThat(agent.places()).containsExactly("b", "d");
            agent.node("b", node -> {});
            agent.settle();
            assertThat(agent.places()).containsExactly("d");
        }
    }

    @Test
    void staysAwayFromTaintsAndLeavesOnlyForThoseThatEvict() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> {})) {
            agent.node("a", node -> node.editSpec()
                    .addNewTaint("NoSchedule", "key", null, "value")
                    .endSpec());
            agent.settle();
            assertThat(agent.places()).containsExactly("b", "c");
            agent.node("b", node -> node.editSpec()
                    .addNewTaint("NoSchedule", "key", null, "value")
                    .endSpec());
            agent.settle();
            assertThat(agent.places()).containsExactly("b", "c");
            assertThat(agent.status().getNumberMisscheduled()).isEqualTo(1);
            agent.node("b", node -> node.editSpec()
                    .addNewTaint("NoExecute", "key", null, "value")
                    .endSpec());
            agent.node("c", node -> node.editSpec()
                    .withUnschedulable(true)
                    .addNewTaint("NoSchedule", "node.kubernetes.io/unschedulable", null, null)
                    .endSpec());
            agent.settle();
            assertThat(agent.places()).containsExactly("c");
        }
    }

    @Test
    void replacesAPodThatIsDeletedOrHasFailed() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> {})) {
            agent.settle();
            Pod failed = agent.on("a").getFirst();
            agent.report(failed, "Failed", false);
            agent.pods.remove(
                    new ObjectKey("ns", agent.on("b").getFirst().getMetadata().getName()));
            agent.settle();
            assertThat(agent.places()).containsExactly("a", "b", "c");
            assertThat(agent.on("a").getFirst().getMetadata().getName())
                    .isNotEqualTo(failed.getMetadata().getName());
            assertThat(agent.cluster.takeEvents())
                    .contains("Warning FailedDaemonPod Found failed daemon pod ns/"
                            + failed.getMetadata().getName() + " on node a, will try to kill it");
        }
    }

    @Test
    void updatesOnAsManyNodesAtOnceAsMayBeUnavailable() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> {})) {
            agent.settle();
            agent.image("image:2");
            agent.reconcile();
            assertThat(agent.going()).isEqualTo(1);
            agent.reconcile();
            assertThat(agent.going()).isEqualTo(1);
            agent.settle();
            assertThat(agent.images()).containsExactly("image:2", "image:2", "image:2");
            assertThat(agent.places()).containsExactly("a", "b", "c");
        }
    }

    @Test
    void anUpdateThatDoesNotWorkStops() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> {})) {
            agent.settle();
            agent.image("image:bad");
            for (int pass = 0; pass < 10; pass++) {
                agent.cluster.clock().advance(Duration.ofSeconds(5));
                agent.reconcile();
                agent.pods.all().stream()
                        .filter(pod -> pod.getMetadata().getDeletionTimestamp() != null)
                        .toList()
                        .forEach(pod -> agent.pods.remove(
                                new ObjectKey("ns", pod.getMetadata().getName())));
            }
            assertThat(agent.images()).containsExactly("image:1", "image:1", "image:bad");
            agent.image("image:1");
            String untouched = agent.on("c").getFirst().getMetadata().getUid();
            agent.settle();
            assertThat(agent.images()).containsOnly("image:1");
            assertThat(agent.on("c").getFirst().getMetadata().getUid()).isEqualTo(untouched);
        }
    }

    @Test
    void aSurgeBringsTheNewPodBeforeTheOldOneGoes() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> spec.getUpdateStrategy()
                .setRollingUpdate(new RollingUpdateDaemonSet(new IntOrString("50%"), new IntOrString(0))))) {
            agent.settle();
            agent.image("image:2");
            agent.reconcile();
            assertThat(agent.pods.all()).hasSize(5);
            assertThat(agent.going()).isZero();
            agent.nodesWork();
            agent.reconcile();
            assertThat(agent.going()).isEqualTo(2);
            agent.settle();
            assertThat(agent.images()).containsExactly("image:2", "image:2", "image:2");
        }
    }

    @Test
    void leavesTheUpdateToWhoeverDeletesPods() throws InterruptedException {
        try (DaemonFixture agent =
                new DaemonFixture(spec -> spec.getUpdateStrategy().setType("OnDelete"))) {
            agent.settle();
            agent.image("image:2");
            agent.settle();
            assertThat(agent.images()).containsOnly("image:1");
            assertThat(agent.status().getUpdatedNumberScheduled()).isNull();
            agent.pods.remove(
                    new ObjectKey("ns", agent.on("b").getFirst().getMetadata().getName()));
            agent.settle();
            assertThat(agent.images()).containsExactly("image:1", "image:1", "image:2");
        }
    }

    @Test
    void adoptsAPodAndKeepsTheOlderOfTwo() throws InterruptedException {
        try (DaemonFixture agent = new DaemonFixture(spec -> {})) {
            agent.settle();
            Pod first = agent.on("a").getFirst();
            Pod second = new io.fabric8.kubernetes.api.model.PodBuilder(first)
                    .editMetadata()
                    .withName("agent-stray")
                    .withUid(null)
                    .withCreationTimestamp(null)
                    .withOwnerReferences()
                    .endMetadata()
                    .build();
            agent.cluster.clock().advance(Duration.ofMinutes(1));
            agent.pods.put(second);
            agent.settle();
            assertThat(agent.on("a")).singleElement().satisfies(pod -> assertThat(
                            pod.getMetadata().getName())
                    .isEqualTo(first.getMetadata().getName()));
        }
    }
}
