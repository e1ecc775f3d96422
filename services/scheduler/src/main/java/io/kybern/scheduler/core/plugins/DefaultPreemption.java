package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.FitMessage;
import io.kybern.scheduler.core.framework.PostFilterPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.framework.Trials;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes room for a pod by naming less important ones that are to leave a node. See "Pod Priority and Preemption" in the
 * Kubernetes documentation.
 *
 * <p><b>Goals.</b> As few and as unimportant victims as will do, and disruption budgets broken only if nothing else helps.
 * <b>Constraints.</b> Only nodes whose refusal other pods caused are looked at, and in large clusters only until a tenth of
 * them (at least 100) offer a way; while victims of an earlier attempt are still leaving, nobody else is sent after them.
 * <b>Algorithm.</b> {@link VictimSearch} on each node, then {@link Candidate}'s order. <b>Example.</b> Of two full nodes, the
 * one whose most important victim is less important is chosen.
 */
public final class DefaultPreemption implements PostFilterPlugin {

    private static final int MIN_CANDIDATES = 100;
    private static final int CANDIDATE_SHARE = 10;
    private static final String NOT_HELPFUL = "Preemption is not helpful for scheduling";

    @Override
    public String name() {
        return "DefaultPreemption";
    }

    @Override
    public PostFilterResult postFilter(PodInfo pod, Snapshot snapshot, Map<String, Rejection> verdicts, Trials trials) {
        if ("Never".equals(pod.pod().getSpec().getPreemptionPolicy())) {
            return PostFilterResult.unchanged("preemption: not eligible due to preemptionPolicy=Never.");
        }
        if (awaitsVictims(pod, snapshot, verdicts)) {
            return PostFilterResult.unchanged(
                    "preemption: not eligible due to a terminating pod on the nominated node.");
        }
        int enough = Math.max(MIN_CANDIDATES, snapshot.nodes().size() / CANDIDATE_SHARE);
        List<Candidate> candidates = new ArrayList<>();
        Map<String, Long> reasons = new TreeMap<>();
        for (NodeInfo node : snapshot.nodes()) {
            Rejection verdict = verdicts.get(node.name());
            if (verdict == null || verdict.kind() == Rejection.Kind.UNRESOLVABLE) {
                reasons.merge(NOT_HELPFUL, 1L, Long::sum);
                continue;
            }
            switch (VictimSearch.on(node, pod, snapshot, trials)) {
                case VictimSearch.Found(Candidate candidate) -> candidates.add(candidate);
                case VictimSearch.NotFound(List<String> why) -> why.forEach(each -> reasons.merge(each, 1L, Long::sum));
            }
            if (candidates.size() >= enough) {
                break;
            }
        }
        Optional<Candidate> best = candidates.stream().min(Candidate.ORDER);
        return best.map(chosen -> new PostFilterResult(chosen.node(), chosen.victims(), ""))
                .orElseGet(() -> PostFilterResult.nothing(
                        "preemption: " + FitMessage.of(snapshot.nodes().size(), reasons)));
    }

    private static boolean awaitsVictims(PodInfo pod, Snapshot snapshot, Map<String, Rejection> verdicts) {
        NodeInfo promised = pod.nominatedNode().isEmpty() ? null : snapshot.node(pod.nominatedNode());
        if (promised == null) {
            return false;
        }
        Rejection verdict = verdicts.get(promised.name());
        return (verdict == null || verdict.kind() == Rejection.Kind.UNSCHEDULABLE)
                && promised.pods().stream().anyMatch(other -> other.priority() < pod.priority() && other.isPreempted());
    }
}
