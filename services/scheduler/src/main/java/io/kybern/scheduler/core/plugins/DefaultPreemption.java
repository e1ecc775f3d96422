package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.CycleState;
import io.kybern.scheduler.core.framework.FitMessage;
import io.kybern.scheduler.core.framework.PostFilterPlugin;
import io.kybern.scheduler.core.framework.Rejection;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Snapshot;
import java.util.Map;
import java.util.TreeMap;

/**
 * Says whether making room by preemption could help. It never evicts: no pod is taken as a victim yet, so the answer is
 * always that there are none, in the words and with the counts that Kubernetes gives when it finds none.
 */
public final class DefaultPreemption implements PostFilterPlugin {

    @Override
    public String name() {
        return "DefaultPreemption";
    }

    @Override
    public PostFilterResult postFilter(
            CycleState state, PodInfo pod, Snapshot snapshot, Map<String, Rejection> verdicts) {
        if ("Never".equals(pod.pod().getSpec().getPreemptionPolicy())) {
            return new PostFilterResult(null, "preemption: not eligible due to preemptionPolicy=Never.");
        }
        long candidates = verdicts.values().stream()
                .filter(r -> r.kind() == Rejection.Kind.UNSCHEDULABLE)
                .count();
        Map<String, Long> reasons = new TreeMap<>();
        reasons.put("No preemption victims found for incoming pod", candidates);
        reasons.put("Preemption is not helpful for scheduling", snapshot.nodes().size() - candidates);
        return new PostFilterResult(
                null, "preemption: " + FitMessage.of(snapshot.nodes().size(), reasons));
    }
}
