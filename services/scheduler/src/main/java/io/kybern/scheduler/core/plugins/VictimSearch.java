package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.Trials;
import io.kybern.scheduler.core.model.DisruptionBudget;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which pods must leave one node so that another fits: all that are less important are thought away, and then put back one by
 * one, those that budgets protect first and the important ones before the others, as long as the pod still fits.
 */
final class VictimSearch {

    /** What a search came to. */
    sealed interface Result {}

    /** These must leave. */
    record Found(Candidate candidate) implements Result {}

    /** Nobody's leaving helps. */
    record NotFound(List<String> reasons) implements Result {}

    private static final NotFound NO_VICTIMS = new NotFound(List.of("No preemption victims found for incoming pod"));

    private final Trials.Trial trial;
    private final List<PodInfo> victims = new ArrayList<>();

    private VictimSearch(Trials.Trial trial) {
        this.trial = trial;
    }

    static Result on(NodeInfo node, PodInfo pod, Snapshot snapshot, Trials trials) {
        List<PodInfo> lesser = node.pods().stream()
                .filter(other -> other.priority() < pod.priority())
                .sorted(Candidate.IMPORTANCE)
                .toList();
        if (lesser.isEmpty()) {
            return NO_VICTIMS;
        }
        VictimSearch search = new VictimSearch(trials.on(node));
        lesser.forEach(search.trial::remove);
        Optional<Rejection> hopeless = search.trial.refusal();
        if (hopeless.isPresent()) {
            return new NotFound(hopeless.get().reasons());
        }
        List<PodInfo> protectedOnes = protectedOnes(lesser, snapshot);
        search.spare(protectedOnes);
        int broken = search.victims.size();
        search.spare(
                lesser.stream().filter(other -> !protectedOnes.contains(other)).toList());
        if (search.victims.isEmpty()) {
            return NO_VICTIMS;
        }
        search.victims.sort(Candidate.IMPORTANCE);
        return new Found(new Candidate(node.name(), search.victims, broken));
    }

    private void spare(List<PodInfo> pods) {
        for (PodInfo other : pods) {
            trial.add(other);
            if (trial.refusal().isPresent()) {
                trial.remove(other);
                victims.add(other);
            }
        }
    }

    /** Those that would break a budget if they left, after all that are before them in the list. */
    private static List<PodInfo> protectedOnes(List<PodInfo> pods, Snapshot snapshot) {
        Map<DisruptionBudget, Integer> left = new IdentityHashMap<>();
        List<PodInfo> found = new ArrayList<>();
        for (PodInfo pod : pods) {
            boolean breaks = false;
            for (DisruptionBudget budget : snapshot.budgets().getOrDefault(pod.namespace(), List.of())) {
                if (budget.charges(pod)) {
                    int remaining = left.getOrDefault(budget, budget.allowed()) - 1;
                    left.put(budget, remaining);
                    breaks |= remaining < 0;
                }
            }
            if (breaks) {
                found.add(pod);
            }
        }
        return found;
    }
}
