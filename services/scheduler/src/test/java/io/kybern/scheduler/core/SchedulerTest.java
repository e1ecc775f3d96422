package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.label;
import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.on;
import static io.kybern.scheduler.core.Given.pod;
import static io.kybern.scheduler.core.Given.replicaOf;
import static io.kybern.scheduler.core.Given.requests;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.kybern.api.ObjectKey;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SchedulerTest {

    private final SchedulerFixture given = new SchedulerFixture();

    @Test
    void bindsAPodAndSaysSo() {
        given.nodes(node("a", "4", "8Gi"));
        given.pod(pod("p"));
        given.settle();
        assertThat(given.bound).containsEntry("p", "a");
        assertThat(given.events).containsExactly("Scheduled: Successfully assigned default/p to a");
        assertThat(given.scheduler.nextDue()).isEmpty();
    }

    @Test
    void countsAnAssumedPodAtOnce() {
        given.nodes(node("a", "1", "8Gi"));
        given.pod(pod("p", requests("cpu", "600m")));
        given.pod(pod("q", requests("cpu", "600m")));
        given.tryAll();
        assertThat(given.bindings).hasSize(1);
        assertThat(given.scheduler.depths().unschedulable()).isEqualTo(1);
    }

    @Test
    void forgetsAnAssumedPodWhoseBindingIsRefusedAndTriesAgain() {
        given.nodes(node("a", "1", "8Gi"));
        given.refuseBinding = new IllegalStateException("away");
        given.pod(pod("p", requests("cpu", "600m")));
        given.settle();
        assertThat(given.events).containsExactly("Error: running Bind plugin \"DefaultBinder\": away");
        given.refuseBinding = null;
        given.settle();
        assertThat(given.bound).as("still backing off").isEmpty();
        given.clock.advance(Duration.ofSeconds(1));
        given.settle();
        assertThat(given.bound).containsEntry("p", "a");
    }

    @RepeatedTest(20)
    void spreadsReplicasOverNodes(RepetitionInfo run) {
        SchedulerFixture fresh = new SchedulerFixture(run.getCurrentRepetition());
        fresh.nodes(node("a", "4", "8Gi"), node("b", "4", "8Gi"));
        for (String name : List.of("p", "q", "r")) {
            fresh.pod(pod(name, replicaOf("rs-1"), label("app", "web")));
        }
        fresh.tryAll();
        fresh.answerBindings();
        assertThat(Set.copyOf(fresh.bound.values())).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void spreadsPodsOfAServiceThatHaveNoController() {
        given.nodes(node("a", "4", "8Gi"), node("b", "4", "8Gi"));
        given.scheduler.serviceChanged(
                new ObjectKey("default", "web"),
                new ServiceBuilder()
                        .withNewSpec()
                        .addToSelector("app", "web")
                        .endSpec()
                        .build());
        given.pod(pod("first", label("app", "web"), on("a")));
        given.pod(pod("heavy", requests("cpu", "1", "memory", "1Gi"), on("b")));
        given.pod(pod("p", label("app", "web")));
        given.settle();
        assertThat(given.bound).containsEntry("p", "b");
    }

    @Test
    void leavesPodsOfOtherSchedulersAlone() {
        given.nodes(node("a", "4", "8Gi"));
        given.pod(pod("p", p -> p.editSpec().withSchedulerName("mine").endSpec()));
        given.settle();
        assertThat(given.bound).isEmpty();
        assertThat(given.events).isEmpty();
    }

    @Test
    void holdsAGatedPodUntilItsGatesAreGone() {
        given.nodes(node("a", "4", "8Gi"));
        Pod gated = pod("p", p -> p.editSpec()
                .addNewSchedulingGate()
                .withName("example.com/quota")
                .endSchedulingGate()
                .endSpec());
        given.pod(gated);
        given.settle();
        assertThat(given.bound).isEmpty();
        assertThat(given.scheduler.depths().gated()).isEqualTo(1);
        given.pod(new PodBuilder(gated)
                .editSpec()
                .withSchedulingGates(List.of())
                .endSpec()
                .build());
        given.settle();
        assertThat(given.bound).containsEntry("p", "a");
    }

    @Test
    void triesAnUnschedulablePodAgainWhenANodeComes() {
        given.pod(pod("p"));
        given.settle();
        given.clock.advance(Duration.ofSeconds(2));
        given.nodes(node("a", "4", "8Gi"));
        given.settle();
        assertThat(given.bound).containsEntry("p", "a");
    }

    @Test
    void triesAnUnschedulablePodAgainWhenAPodGoes() {
        given.nodes(node("a", "1", "8Gi"));
        given.pod(pod("big", requests("cpu", "1"), on("a")));
        given.pod(pod("p", requests("cpu", "500m")));
        given.settle();
        assertThat(given.bound).isEmpty();
        given.clock.advance(Duration.ofSeconds(2));
        given.delete("big");
        given.settle();
        assertThat(given.bound).containsEntry("p", "a");
    }

    @Test
    void doesNotTryAgainOnAnEventThatCannotHelp() {
        given.nodes(node("a", "1", "8Gi"));
        given.pod(pod("p", requests("cpu", "2")));
        given.settle();
        given.clock.advance(Duration.ofSeconds(2));
        given.pod(pod("other", on("a")));
        given.tryAll();
        assertThat(given.events).hasSize(1);
    }

    @Test
    void placesAPodThatTakesTheNameOfADeletedOne() {
        given.nodes(node("a", "4", "8Gi"));
        given.pod(pod("p", on("a"), requests("cpu", "4")));
        Pod second = pod("p", requests("cpu", "4"), p -> p.editMetadata()
                .withUid("uid-2")
                .endMetadata());
        given.pod(second);
        given.settle();
        assertThat(given.bound).containsEntry("p", "a");
    }

    @Test
    void ignoresLateNewsOfABoundPod() {
        given.nodes(node("a", "4", "8Gi"));
        given.pod(pod("p", on("a")));
        given.pod(pod("p"));
        given.tryAll();
        assertThat(given.bindings).isEmpty();
        assertThat(given.scheduler.depths().active()).isZero();
    }

    @Test
    void freesTheResourcesOfAFinishedPod() {
        given.nodes(node("a", "1", "8Gi"));
        Pod done = pod("job", requests("cpu", "1"), on("a"));
        given.pod(done);
        given.pod(new PodBuilder(done)
                .withNewStatus()
                .withPhase("Succeeded")
                .endStatus()
                .build());
        given.pod(pod("p", requests("cpu", "1")));
        given.settle();
        assertThat(given.bound).containsEntry("p", "a");
    }

    @Test
    void placesTheHigherPriorityFirst() {
        given.nodes(node("a", "1", "8Gi"));
        given.pod(pod("low", requests("cpu", "1")));
        given.pod(pod(
                "high", requests("cpu", "1"), p -> p.editSpec().withPriority(10).endSpec()));
        given.settle();
        assertThat(given.bound).containsOnlyKeys("high");
    }

    @Test
    void keepsRoomForAPodThatWasPromisedTheNode() {
        given.nodes(node("a", "1", "8Gi"));
        given.pod(pod("big", requests("cpu", "1"), on("a")));
        given.pod(pod("promised", requests("cpu", "1"), p -> p.editSpec()
                .withPriority(10)
                .endSpec()
                .withNewStatus()
                .withNominatedNodeName("a")
                .endStatus()));
        given.tryAll();
        given.delete("big");
        given.pod(pod("late", requests("cpu", "1")));
        given.tryAll();
        assertThat(given.bindings)
                .as("the promised pod still backs off, the late one must wait")
                .isEmpty();
        given.clock.advance(Duration.ofSeconds(2));
        given.settle();
        assertThat(given.bound).containsOnlyKeys("promised");
    }
}
