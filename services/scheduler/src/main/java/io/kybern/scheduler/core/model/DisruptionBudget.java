package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.Set;

/**
 * What a PodDisruptionBudget says at one moment.
 *
 * @param selector the pods that it protects; a budget without a selector protects none
 * @param allowed how many of them may be disrupted
 * @param disrupted the names of those whose disruption is already counted
 */
public record DisruptionBudget(LabelMatcher selector, int allowed, Set<String> disrupted) {

    /** Reads the object, with or without a status. */
    public static DisruptionBudget of(PodDisruptionBudget budget) {
        LabelSelector selector =
                budget.getSpec() == null ? null : budget.getSpec().getSelector();
        boolean empty = selector == null
                || ((selector.getMatchLabels() == null
                                || selector.getMatchLabels().isEmpty())
                        && selector.getMatchExpressions().isEmpty());
        LabelMatcher matcher = empty ? LabelMatcher.nothing() : LabelMatcher.of(selector);
        if (budget.getStatus() == null) {
            return new DisruptionBudget(matcher, 0, Set.of());
        }
        Integer allowed = budget.getStatus().getDisruptionsAllowed();
        Set<String> disrupted = budget.getStatus().getDisruptedPods() == null
                ? Set.of()
                : Set.copyOf(budget.getStatus().getDisruptedPods().keySet());
        return new DisruptionBudget(matcher, allowed == null ? 0 : allowed, disrupted);
    }

    /** Whether the disruption of that pod, which is of the budget's namespace, is charged to the budget. */
    public boolean charges(PodInfo pod) {
        return !disrupted.contains(pod.key().name()) && selector.matches(pod.labels());
    }
}
