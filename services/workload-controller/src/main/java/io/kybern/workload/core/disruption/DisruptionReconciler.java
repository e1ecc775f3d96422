package io.kybern.workload.core.disruption;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import io.kybern.workload.core.Amounts;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Counts for each PodDisruptionBudget how many of its pods may be evicted now; see "Specifying a Disruption Budget" in the
 * Kubernetes documentation. The eviction subresource takes from that number by writing over the state that it read, and so does
 * this: an eviction in between makes the write a conflict, and the count is done again with the evicted pod in it.
 */
public final class DisruptionReconciler implements Reconciler {

    private final Informer<PodDisruptionBudget> budgets;
    private final Informer<Pod> pods;
    private final ExpectedPods expected;
    private final ObjectApi<PodDisruptionBudget> api;
    private final Reporting reporting;

    /** Where a pass notes what it does, and what time it is. */
    public record Reporting(WriteFence fence, EventRecorder recorder, Clock clock) {}

    public DisruptionReconciler(
            Informer<PodDisruptionBudget> budgets,
            Informer<Pod> pods,
            ExpectedPods expected,
            ObjectApi<PodDisruptionBudget> api,
            Reporting reporting) {
        this.budgets = budgets;
        this.pods = pods;
        this.expected = expected;
        this.api = api;
        this.reporting = reporting;
    }

    /** The budgets that a change of a pod concerns. */
    public Collection<ObjectKey> of(ObjectChange<Pod> change) {
        List<Pod> states = Stream.of(Optional.ofNullable(change.before()), Optional.ofNullable(change.after()))
                .flatMap(Optional::stream)
                .toList();
        return budgets.byNamespace(change.key().namespace()).stream()
                .filter(budget ->
                        states.stream().anyMatch(pod -> selector(budget).matches(Owners.labels(pod))))
                .map(ObjectKeys::of)
                .toList();
    }

    private static LabelSelector selector(PodDisruptionBudget budget) {
        return Selectors.of(budget.getSpec().getSelector());
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<PodDisruptionBudget> found = budgets.get(key);
        if (found.isEmpty()) {
            reporting.fence().forget(key);
            return Outcome.done();
        }
        PodDisruptionBudget budget = found.get();
        Instant now = reporting.clock().instant();
        List<Pod> guarded = pods.byNamespace(key.namespace()).stream()
                .filter(pod -> selector(budget).matches(Owners.labels(pod)))
                .toList();
        if (guarded.isEmpty()) {
            reporting.recorder().normal(budget, "NoPods", "No matching pods found");
        }
        Map<String, String> disrupted = BudgetStatus.disrupted(budget, guarded, now);
        tellOfStuck(budget, guarded, disrupted);
        try {
            write(budget, BudgetStatus.of(budget, count(budget, guarded, disrupted), disrupted, now));
        } catch (Scales.NoScale failure) {
            String why = String.valueOf(failure.getMessage());
            reporting
                    .recorder()
                    .warning(
                            budget,
                            "CalculateExpectedPodCountFailed",
                            "Failed to calculate the number of expected pods: " + why);
            write(budget, BudgetStatus.failed(budget, why, now));
        }
        return disrupted.values().stream()
                .map(since -> Duration.between(now, Instant.parse(since).plus(BudgetStatus.DELETION)))
                .min(Duration::compareTo)
                .map(left -> Outcome.again(left.plusSeconds(1), "evicted pods may turn out not to go"))
                .orElse(Outcome.done());
    }

    private void tellOfStuck(PodDisruptionBudget budget, List<Pod> guarded, Map<String, String> disrupted) {
        Map<String, String> before =
                budget.getStatus() == null ? null : budget.getStatus().getDisruptedPods();
        for (Pod pod : guarded) {
            String name = pod.getMetadata().getName();
            boolean stuck = before != null
                    && before.containsKey(name)
                    && !disrupted.containsKey(name)
                    && !Owners.isTerminating(pod);
            if (stuck) {
                reporting
                        .recorder()
                        .warning(
                                pod,
                                "NotDeleted",
                                "Pod was expected by PDB %s/%s to be deleted but it wasn't"
                                        .formatted(
                                                budget.getMetadata().getNamespace(),
                                                budget.getMetadata().getName()));
            }
        }
    }

    private BudgetStatus.Counts count(PodDisruptionBudget budget, List<Pod> guarded, Map<String, String> disrupted) {
        int healthy = BudgetStatus.healthy(guarded, disrupted);
        @Nullable IntOrString maxUnavailable = budget.getSpec().getMaxUnavailable();
        @Nullable IntOrString minAvailable = budget.getSpec().getMinAvailable();
        if (maxUnavailable != null) {
            int wanted = wanted(budget, guarded);
            int desired = Math.max(0, wanted - Amounts.resolve(maxUnavailable, 0, wanted));
            return new BudgetStatus.Counts(healthy, desired, wanted);
        }
        if (minAvailable != null && minAvailable.getIntVal() == null) {
            int wanted = wanted(budget, guarded);
            return new BudgetStatus.Counts(healthy, Amounts.resolve(minAvailable, 0, wanted), wanted);
        }
        return new BudgetStatus.Counts(healthy, Amounts.resolve(minAvailable, 0, 0), guarded.size());
    }

    private int wanted(PodDisruptionBudget budget, List<Pod> guarded) {
        ExpectedPods.Expected found = expected.of(guarded);
        if (!found.unmanaged().isEmpty()) {
            reporting
                    .recorder()
                    .warning(
                            budget,
                            "UnmanagedPods",
                            "Pods selected by this PodDisruptionBudget (selector: %s) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
                                    .formatted(selector(budget)));
        }
        return found.count();
    }

    private void write(PodDisruptionBudget budget, PodDisruptionBudgetStatus status) {
        if (BudgetStatus.same(budget.getStatus(), status)) {
            return;
        }
        try {
            var written = api.updateStatus(
                    new PodDisruptionBudgetBuilder(budget).withStatus(status).build());
            reporting.fence().wrote(ObjectKeys.of(budget), budgets, written.revision());
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
    }
}
