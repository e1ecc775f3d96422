package io.kybern.nodelifecycle.core;

import static io.kybern.nodelifecycle.core.NodeFixture.tolerates;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.model.PodStates;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which pods are taken away: by taints, because nobody else can, and because too many have ended. */
@Timeout(60)
class PodRemovalTest {

    private static final String UNREACHABLE = "node.kubernetes.io/unreachable";

    private final NodeFixture given = new NodeFixture();

    private static Consumer<NodeBuilder> unreachableSince(String time) {
        return n -> n.editSpec()
                .withTaints(new TaintBuilder()
                        .withKey(UNREACHABLE)
                        .withEffect("NoExecute")
                        .withTimeAdded(time)
                        .build())
                .endSpec();
    }

    private List<String> pods() {
        return given.pods.all().stream().map(p -> p.getMetadata().getName()).toList();
    }

    @Test
    void aPodThatDoesNotTolerateTheTaintIsDeletedAtOnce() {
        given.node("a", unreachableSince("2026-01-01T00:00:00Z"));
        given.pods.deleteGracefully();
        given.pod("p", "a");
        given.look(given.eviction, "p");
        Pod pod = given.pods.require("default", "p");
        assertThat(pod.getMetadata().getDeletionTimestamp()).isNotNull();
        assertThat(PodStates.condition(pod, "DisruptionTarget").orElseThrow().getReason())
                .isEqualTo("DeletionByTaintManager");
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal TaintManagerEviction Marking for deletion Pod default/p");
    }

    @Test
    void theTolerationCountsFromTheTaintNotFromTheStartOfThisProcess() {
        given.node("a", unreachableSince("2025-12-31T23:56:00Z"));
        given.pod("p", "a", tolerates(UNREACHABLE, 300L));
        assertThat(given.look(given.eviction, "p"))
                .isEqualTo(Outcome.again(Duration.ofMinutes(1), "the pod tolerates the taint for so long"));
        given.pass(Duration.ofMinutes(1));
        given.look(given.eviction, "p");
        assertThat(pods()).isEmpty();
    }

    @Test
    void aTaintThatDoesNotTellItsTimeCountsFromWhenItWasFirstSeen() {
        Consumer<NodeBuilder> reserved = n ->
                n.editSpec().addNewTaint("NoExecute", "reserved", null, "yes").endSpec();
        given.node("a", reserved);
        given.pod("p", "a", tolerates("reserved", 60L));
        given.look(given.eviction, "p");
        given.pass(Duration.ofSeconds(30));
        assertThat(given.look(given.eviction, "p"))
                .isEqualTo(Outcome.again(Duration.ofSeconds(30), "the pod tolerates the taint for so long"));
        given.node("a");
        given.look(given.eviction, "p");
        given.node("a", reserved);
        assertThat(given.look(given.eviction, "p"))
                .as("it was away in between")
                .isEqualTo(Outcome.again(Duration.ofSeconds(60), "the pod tolerates the taint for so long"));
        given.pass(Duration.ofSeconds(60));
        given.look(given.eviction, "p");
        assertThat(pods()).isEmpty();
    }

    @Test
    void aPodThatToleratesForEverStays() {
        given.node("a", unreachableSince("2025-01-01T00:00:00Z"));
        given.pod("p", "a", tolerates(UNREACHABLE, null));
        assertThat(given.look(given.eviction, "p")).isEqualTo(Outcome.done());
        assertThat(pods()).containsExactly("p");
    }

    @Test
    void removingTheTaintCancelsTheEviction() {
        given.node("a", unreachableSince("2026-01-01T00:00:00Z"));
        given.pod("p", "a", tolerates(UNREACHABLE, 300L));
        given.look(given.eviction, "p");
        given.node("a");
        given.look(given.eviction, "p");
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal TaintManagerEviction Cancelling deletion of Pod default/p");
        given.pass(Duration.ofHours(1));
        given.look(given.eviction, "p");
        assertThat(pods()).containsExactly("p");
    }

    @Test
    void aPodStuckOnALostNodeStays() {
        given.node("a", unreachableSince("2026-01-01T00:00:00Z"));
        given.pod("p", "a", p -> p.editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata());
        given.look(given.eviction, "p");
        given.look(given.garbage, "p");
        given.pass(Duration.ofHours(1));
        given.look(given.garbage, "p");
        assertThat(pods()).containsExactly("p");
        assertThat(given.pods.takeWrites()).isEmpty();
    }

    @Test
    void podsOfANodeThatIsGoneAreRemovedAfterItHadTimeToComeBack() {
        given.pod("p", "gone");
        assertThat(given.look(given.garbage, "p"))
                .isEqualTo(Outcome.again(Duration.ofSeconds(40), "the node may come back"));
        given.pass(Duration.ofSeconds(39));
        given.look(given.garbage, "p");
        assertThat(pods()).containsExactly("p");
        given.pass(Duration.ofSeconds(1));
        given.look(given.garbage, "p");
        assertThat(pods()).isEmpty();
        assertThat(given.pods.takeWrites()).containsExactly("patch default/p", "delete default/p");
    }

    @Test
    void aNodeThatComesBackKeepsItsPods() {
        given.pod("p", "a");
        given.look(given.garbage, "p");
        given.node("a");
        given.pass(Duration.ofMinutes(1));
        given.look(given.garbage, "p");
        assertThat(pods()).containsExactly("p");
    }

    @Test
    void podsDeletedBeforeTheyHadANodeAreRemoved() {
        given.pod("p", "", p -> p.editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata());
        given.pod("q", "");
        given.look(given.garbage, "p");
        given.look(given.garbage, "q");
        assertThat(pods()).containsExactly("q");
    }

    @Test
    void podsBeingDeletedOnANodeOutOfServiceAreRemoved() {
        given.node("a", n -> n.editSpec()
                .addNewTaint("NoExecute", "node.kubernetes.io/out-of-service", null, "nodeshutdown")
                .endSpec());
        given.post("a", "Unknown");
        given.pod("p", "a", p -> p.editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata());
        given.pod("q", "a");
        given.look(given.garbage, "p");
        given.look(given.garbage, "q");
        assertThat(pods()).containsExactly("q");
    }

    @Test
    void theOldestEndedPodsGoWhenTooManyAreKept() {
        for (int i = 0; i < 5; i++) {
            String created = "2026-01-01T00:00:0" + i + "Z";
            given.pod("done-" + (9 - i), "a", p -> p.editMetadata()
                    .withCreationTimestamp(created)
                    .endMetadata()
                    .editStatus()
                    .withPhase("Succeeded")
                    .endStatus());
        }
        given.pod("running", "a");
        NodeFixture.run(new EndedPodsReconciler(given.pods.informer(), given.pods, 3), EndedPodsReconciler.ALL);
        assertThat(pods()).containsExactly("done-5", "done-6", "done-7", "running");
    }

    @Test
    void eachNodeGetsARangeOfItsOwnAlsoFromTwoProcessesThatBothLead() {
        given.node("a");
        given.node("b");
        given.nodes.hold();
        PodCidrs ranges = PodCidrs.parse("10.244.0.0/16", 24);
        for (int process = 0; process < 2; process++) {
            PodCidrReconciler reconciler = new PodCidrReconciler(
                    given.nodes.informer(), given.nodes, given.leases, ranges, given.cluster.recorder());
            NodeFixture.run(reconciler, ObjectKey.clusterScoped("a"));
            NodeFixture.run(reconciler, ObjectKey.clusterScoped("b"));
        }
        assertThat(given.nodes.all())
                .extracting(n -> n.getMetadata().getName() + " " + n.getSpec().getPodCIDR() + " "
                        + n.getSpec().getPodCIDRs())
                .containsExactly("a 10.244.0.0/24 [10.244.0.0/24]", "b 10.244.1.0/24 [10.244.1.0/24]");
    }

    @Test
    void aNodeThatKeepsItsRangeIsLeftAlone() {
        given.node("a", n -> n.editSpec().withPodCIDR("10.244.7.0/24").endSpec());
        PodCidrReconciler reconciler = new PodCidrReconciler(
                given.nodes.informer(),
                given.nodes,
                given.leases,
                PodCidrs.parse("10.244.0.0/16", 24),
                given.cluster.recorder());
        NodeFixture.run(reconciler, ObjectKey.clusterScoped("a"));
        assertThat(given.nodes.takeWrites()).isEmpty();
    }

    @Test
    void saysWhenNoRangeIsLeft() {
        given.node("a");
        given.node("b");
        PodCidrReconciler reconciler = new PodCidrReconciler(
                given.nodes.informer(),
                given.nodes,
                given.leases,
                PodCidrs.parse("10.244.0.0/24", 24),
                given.cluster.recorder());
        NodeFixture.run(reconciler, ObjectKey.clusterScoped("a"));
        NodeFixture.run(reconciler, ObjectKey.clusterScoped("b"));
        assertThat(given.cluster.takeEvents())
                .containsExactly("Normal CIDRNotAvailable Node b status is now: CIDRNotAvailable");
    }
}
