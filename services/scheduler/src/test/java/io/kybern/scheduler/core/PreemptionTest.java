package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.antiAffinity;
import static io.kybern.scheduler.core.Given.label;
import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.on;
import static io.kybern.scheduler.core.Given.pod;
import static io.kybern.scheduler.core.Given.priority;
import static io.kybern.scheduler.core.Given.requests;
import static io.kybern.scheduler.core.Given.startedAt;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.kybern.api.ObjectKey;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who leaves for whom. See "Pod Priority and Preemption" in the Kubernetes documentation. */
@Timeout(60)
class PreemptionTest {

    private final SchedulerFixture given = new SchedulerFixture();

    @Test
    void theLeastImportantPodLeavesAndItsRoomIsTaken() {
        given.nodes(node("a", "2", "8Gi"));
        placed("low", "a", 1, "1");
        placed("middle", "a", 5, "1");
        arrives("high", 10, "1");
        given.tryAll();

        assertThat(given.leaving).containsExactly("low");
        assertThat(given.events).last().isEqualTo("Preempted: low for high on a");

        victimsLeave();
        assertThat(given.bound).containsEntry("high", "a");
    }

    @Test
    void nobodyLeavesForAnEqual() {
        given.nodes(node("a", "1", "8Gi"));
        placed("first", "a", 10, "1");
        arrives("second", 10, "1");
        given.tryAll();

        assertThat(given.leaving).isEmpty();
        assertThat(given.events)
                .containsExactly("FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. preemption: "
                        + "0/1 nodes are available: 1 No preemption victims found for incoming pod.");
    }

    @Test
    void nobodyLeavesInVain() {
        given.nodes(node("a", "2", "8Gi"));
        placed("low", "a", 1, "1");
        arrives("huge", 10, "3");
        given.tryAll();

        assertThat(given.leaving).isEmpty();
    }

    @Test
    void theNodeWhoseMostImportantVictimIsLeastImportantIsChosen() {
        given.nodes(node("a", "2", "8Gi"), node("b", "2", "8Gi"));
        placed("a1", "a", 7, "2");
        placed("b1", "b", 3, "1");
        placed("b2", "b", 3, "1");
        arrives("high", 10, "2");
        given.tryAll();

        assertThat(given.leaving).containsExactlyInAnyOrder("b1", "b2");
    }

    @Test
    void amongEqualNodesTheOneWithFewerVictimsAndThenTheYoungerOnesIsChosen() {
        given.nodes(node("a", "2", "8Gi"), node("b", "2", "8Gi"), node("c", "2", "8Gi"));
        placed("a1", "a", 3, "1");
        placed("a2", "a", 3, "1");
        placed("old", "b", 3, "2", startedAt("2026-01-01T00:00:00Z"));
        placed("young", "c", 3, "2", startedAt("2026-01-02T00:00:00Z"));
        arrives("high", 10, "2");
        given.tryAll();

        assertThat(given.leaving).containsExactly("young");
    }

    @Test
    void aBudgetIsBrokenOnlyIfNothingElseHelps() {
        budget("db", 0);
        given.nodes(node("a", "1", "8Gi"), node("b", "1", "8Gi"));
        placed("protected", "a", 1, "1", label("app", "db"));
        placed("free", "b", 5, "1");
        arrives("first", 10, "1");
        given.tryAll();
        assertThat(given.leaving).containsExactly("free");

        victimsLeave();
        arrives("second", 10, "1");
        given.tryAll();
        assertThat(given.leaving).containsExactly("protected");
    }

    @Test
    void nobodyElseIsSentAwayWhileVictimsAreLeaving() {
        given.nodes(node("a", "1", "8Gi"), node("b", "1", "8Gi"));
        placed("a1", "a", 1, "1");
        placed("b1", "b", 2, "1");
        arrives("high", 10, "1");
        given.tryAll();
        assertThat(given.leaving).containsExactly("a1");

        given.pod(new PodBuilder(given.pods.get("a1"))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .withNewStatus()
                .addNewCondition()
                .withType("DisruptionTarget")
                .withStatus("True")
                .withReason("PreemptionByScheduler")
                .endCondition()
                .endStatus()
                .build());
        given.nodes(node("b", "1", "9Gi"));
        given.clock.advance(Duration.ofMinutes(6));
        given.tryAll();

        assertThat(given.leaving).containsExactly("a1");
        assertThat(given.events)
                .last()
                .asString()
                .endsWith("preemption: not eligible due to a terminating pod on the nominated node.");
    }

    @Test
    void theRoomThatWasMadeIsKeptForThePodItWasMadeFor() {
        given.nodes(node("a", "1", "8Gi"));
        placed("low", "a", 1, "1");
        arrives("high", 10, "1");
        given.tryAll();
        arrives("other", 5, "1");
        given.delete("low");
        given.tryAll();
        given.answerBindings();

        assertThat(given.bound).doesNotContainKey("other");
        given.clock.advance(Duration.ofSeconds(2));
        given.settle();
        assertThat(given.bound).containsEntry("high", "a").doesNotContainKey("other");
    }

    @Test
    void aLesserPodLosesItsPromiseToAMoreImportantOne() {
        given.nodes(node("a", "1", "8Gi"));
        placed("low", "a", 1, "1");
        arrives("middle", 5, "1");
        given.tryAll();
        arrives("high", 10, "1");
        given.tryAll();

        assertThat(given.events).contains("TakenBack: middle");
        victimsLeave();
        assertThat(given.bound).containsEntry("high", "a").doesNotContainKey("middle");
    }

    @Test
    void aFoeLeavesForThePodThatDoesNotBearIt() {
        given.nodes(node("a", "4", "8Gi"));
        placed("foe", "a", 1, "1", label("app", "web"));
        placed("bystander", "a", 1, "1");
        given.pod(pod(
                "high",
                priority(10)
                        .andThen(requests("cpu", "1"))
                        .andThen(antiAffinity("app", "web", "kubernetes.io/hostname"))));
        given.tryAll();

        assertThat(given.leaving).containsExactly("foe");
    }

    @SafeVarargs
    private void placed(String name, String node, int priority, String cpu, Consumer<PodBuilder>... more) {
        given.pod(pod(name, p -> {
            on(node).andThen(priority(priority)).andThen(requests("cpu", cpu)).accept(p);
            for (Consumer<PodBuilder> each : more) {
                each.accept(p);
            }
        }));
    }

    private void arrives(String name, int priority, String cpu) {
        given.pod(pod(name, priority(priority).andThen(requests("cpu", cpu))));
    }

    private void victimsLeave() {
        given.leaving.forEach(given::delete);
        given.leaving.clear();
        given.clock.advance(Duration.ofSeconds(2));
        given.settle();
    }

    private void budget(String app, int allowed) {
        given.scheduler.budgetChanged(
                new ObjectKey("default", app),
                new PodDisruptionBudgetBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(app)
                        .endMetadata()
                        .withNewSpec()
                        .withNewSelector()
                        .addToMatchLabels("app", app)
                        .endSelector()
                        .endSpec()
                        .withNewStatus()
                        .withDisruptionsAllowed(allowed)
                        .endStatus()
                        .build());
    }
}
