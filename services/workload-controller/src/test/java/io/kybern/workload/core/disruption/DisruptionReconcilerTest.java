package io.kybern.workload.core.disruption;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.kybern.controller.Outcome;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DisruptionReconcilerTest {

    private final BudgetFixture given = new BudgetFixture();

    private void counts(int healthy, int desired, int expected, int allowed) {
        assertThat(given.status().getCurrentHealthy()).as("healthy").isEqualTo(healthy);
        assertThat(given.status().getDesiredHealthy()).as("desired").isEqualTo(desired);
        assertThat(given.status().getExpectedPods()).as("expected").isEqualTo(expected);
        assertThat(given.status().getDisruptionsAllowed()).as("allowed").isEqualTo(allowed);
    }

    @Test
    void aNumberOfPodsMustStay() {
        given.budget(new IntOrString(1), null);
        given.pod("a", true);
        given.pod("b", true);
        given.pod("c", false);

        given.reconcile();

        counts(2, 1, 3, 1);
        Condition condition = given.status().getConditions().getFirst();
        assertThat(condition.getStatus()).isEqualTo("True");
        assertThat(condition.getReason()).isEqualTo("SufficientPods");
        assertThat(given.status().getObservedGeneration()).isEqualTo(1);
    }

    @Test
    void aShareIsOfWhatTheDeploymentWants() {
        OwnerReference owner = given.deployment(10);
        given.budget(new IntOrString("75%"), null);
        for (int i = 0; i < 9; i++) {
            given.pod("p" + i, true, owner);
        }

        given.reconcile();

        counts(9, 8, 10, 1);
    }

    @Test
    void soManyMayBeAway() {
        OwnerReference owner = given.deployment(5);
        given.budget(null, new IntOrString("30%"));
        given.pod("a", true, owner);
        given.pod("b", true, owner);
        given.pod("c", true, owner);

        given.reconcile();

        counts(3, 3, 5, 0);
        assertThat(given.status().getConditions().getFirst().getReason()).isEqualTo("InsufficientPods");
    }

    @Test
    void ownersOfAnyTypeAreAskedForTheirScale() {
        given.scales.put("flock", 4);
        given.budget(null, new IntOrString(1));
        OwnerReference owner = BudgetFixture.owner("example.com/v1", "Flock", "flock");
        for (int i = 0; i < 4; i++) {
            given.pod("p" + i, true, owner);
        }

        given.reconcile();

        counts(4, 3, 4, 1);
    }

    @Test
    void nothingIsAllowedIfTheNumberCannotBeTold() {
        given.budget(null, new IntOrString(1));
        given.pod("a", true, BudgetFixture.owner("batch/v1", "Job", "once"));

        given.reconcile();

        assertThat(given.status().getDisruptionsAllowed()).isZero();
        Condition condition = given.status().getConditions().getFirst();
        assertThat(condition.getReason()).isEqualTo("SyncFailed");
        assertThat(condition.getMessage()).isEqualTo("jobs.batch does not implement the scale subresource");
        assertThat(given.cluster.takeEvents())
                .contains(
                        "Warning CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: jobs.batch does not implement the scale subresource");
    }

    @Test
    void anEvictedPodDoesNotCountUntilItIsSeenToGoOrTwoMinutesArePast() {
        given.budget(new IntOrString(1), null);
        given.pod("a", true);
        given.pod("b", true);
        given.reconcile();
        PodDisruptionBudget budget = given.budgets.require("ns", "b");
        budget.getStatus()
                .setDisruptedPods(Map.of("a", given.cluster.clock().instant().toString()));
        budget.getStatus().setDisruptionsAllowed(0);
        given.budgets.put(budget);

        Outcome waiting = given.reconcile();

        counts(1, 1, 2, 0);
        assertThat(waiting).isInstanceOf(Outcome.Again.class);
        assertThat(given.status().getDisruptedPods()).containsOnlyKeys("a");
        given.cluster.clock().advance(Duration.ofSeconds(121));
        given.reconcile();
        counts(2, 1, 2, 1);
        assertThat(given.cluster.takeEvents())
                .contains("Warning NotDeleted Pod was expected by PDB ns/b to be deleted but it wasn't");
    }

    @Test
    void aPodThatIsBeingDeletedIsNotHealthy() {
        given.budget(new IntOrString(1), null);
        Pod pod = given.pod("a", true);
        pod.getMetadata().setDeletionTimestamp(given.cluster.clock().instant().toString());
        given.pods.put(pod);
        given.pod("b", true);

        given.reconcile();

        counts(1, 1, 2, 0);
    }

    @Test
    void leavesACurrentStatusAlone() {
        given.budget(new IntOrString(1), null);
        given.pod("a", true);
        given.reconcile();
        given.budgets.takeWrites();

        given.reconcile();

        assertThat(given.budgets.takeWrites()).isEmpty();
    }
}
