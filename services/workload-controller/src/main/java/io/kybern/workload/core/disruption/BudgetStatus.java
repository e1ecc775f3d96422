package io.kybern.workload.core.disruption;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatusBuilder;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a budget's status is to say. Pure. */
final class BudgetStatus {

    /** An eviction whose pod is not being deleted by then has failed. */
    static final Duration DELETION = Duration.ofMinutes(2);

    private static final String ALLOWED = "DisruptionAllowed";

    private BudgetStatus() {}

    /** The evictions that were allowed and of which no deletion is seen yet, with the time when that was. */
    static Map<String, String> disrupted(PodDisruptionBudget budget, Collection<Pod> pods, Instant now) {
        Map<String, String> before = budget.getStatus() == null
                ? Map.of()
                : requireNonNullElse(budget.getStatus().getDisruptedPods(), Map.<String, String>of());
        Map<String, String> disrupted = new TreeMap<>();
        for (Pod pod : pods) {
            String since = before.get(pod.getMetadata().getName());
            boolean waits = since != null
                    && !Owners.isTerminating(pod)
                    && !Instant.parse(since).plus(DELETION).isBefore(now);
            if (waits) {
                disrupted.put(pod.getMetadata().getName(), since);
            }
        }
        return disrupted;
    }

    /** The pods that the budget can count on. */
    static int healthy(Collection<Pod> pods, Map<String, String> disrupted) {
        return (int) pods.stream()
                .filter(pod -> !Owners.isTerminating(pod)
                        && !disrupted.containsKey(pod.getMetadata().getName())
                        && PodStates.isReady(pod))
                .count();
    }

    /** The numbers of a budget. */
    record Counts(int healthy, int desired, int expected) {

        int allowed() {
            return expected <= 0 ? 0 : Math.max(0, healthy - desired);
        }
    }

    static PodDisruptionBudgetStatus of(
            PodDisruptionBudget budget, Counts counts, Map<String, String> disrupted, Instant now) {
        boolean allowed = counts.allowed() > 0;
        return new PodDisruptionBudgetStatusBuilder()
                .withCurrentHealthy(counts.healthy())
                .withDesiredHealthy(counts.desired())
                .withExpectedPods(counts.expected())
                .withDisruptionsAllowed(counts.allowed())
                .withDisruptedPods(disrupted)
                .withObservedGeneration(budget.getMetadata().getGeneration())
                .withConditions(conditions(budget, allowed, allowed ? "SufficientPods" : "InsufficientPods", "", now))
                .build();
    }

    /** When the numbers cannot be told: what was there, and nothing is allowed. */
    static PodDisruptionBudgetStatus failed(PodDisruptionBudget budget, String why, Instant now) {
        PodDisruptionBudgetStatus before = requireNonNullElse(
                budget.getStatus(),
                new PodDisruptionBudgetStatusBuilder()
                        .withCurrentHealthy(0)
                        .withDesiredHealthy(0)
                        .withExpectedPods(0)
                        .build());
        return new PodDisruptionBudgetStatusBuilder(before)
                .withDisruptionsAllowed(0)
                .withObservedGeneration(budget.getMetadata().getGeneration())
                .withConditions(conditions(budget, false, "SyncFailed", why, now))
                .build();
    }

    private static List<Condition> conditions(
            PodDisruptionBudget budget, boolean allowed, String reason, String message, Instant now) {
        List<Condition> before = budget.getStatus() == null
                ? List.of()
                : requireNonNullElse(budget.getStatus().getConditions(), List.<Condition>of());
        List<Condition> conditions = new ArrayList<>();
        String value = allowed ? "True" : "False";
        String since = now.truncatedTo(ChronoUnit.SECONDS).toString();
        for (Condition condition : before) {
            if (!condition.getType().equals(ALLOWED)) {
                conditions.add(condition);
            } else if (condition.getStatus().equals(value)) {
                since = condition.getLastTransitionTime();
            }
        }
        conditions.add(new ConditionBuilder()
                .withType(ALLOWED)
                .withStatus(value)
                .withReason(reason)
                .withMessage(message)
                .withLastTransitionTime(since)
                .withObservedGeneration(budget.getMetadata().getGeneration())
                .build());
        return conditions;
    }

    /** Whether two say the same; what is absent is none. */
    static boolean same(
            @org.jspecify.annotations.Nullable PodDisruptionBudgetStatus one, PodDisruptionBudgetStatus other) {
        return one != null
                && requireNonNullElse(one.getCurrentHealthy(), 0).equals(other.getCurrentHealthy())
                && requireNonNullElse(one.getDesiredHealthy(), 0).equals(other.getDesiredHealthy())
                && requireNonNullElse(one.getExpectedPods(), 0).equals(other.getExpectedPods())
                && requireNonNullElse(one.getDisruptionsAllowed(), 0).equals(other.getDisruptionsAllowed())
                && requireNonNullElse(one.getObservedGeneration(), 0L).equals(other.getObservedGeneration())
                && requireNonNullElse(one.getDisruptedPods(), Map.of())
                        .equals(requireNonNullElse(other.getDisruptedPods(), Map.of()))
                && requireNonNullElse(one.getConditions(), List.of()).equals(other.getConditions());
    }
}
