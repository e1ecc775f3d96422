package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.Map;

/**
 * One topology spread constraint of a pod, made ready for many matches; see "Pod Topology Spread Constraints".
 *
 * @param maxSkew by how much places may differ, at least 1
 * @param topologyKey the node label whose equal values make one place
 * @param hard whether a node that would break it is refused ({@code DoNotSchedule}) or only less liked
 * @param selector which pods are counted
 * @param minDomains below this number of places the smallest counts as empty
 * @param honorAffinity whether only nodes that the pod's node affinity allows make places
 * @param honorTaints whether only nodes whose taints the pod tolerates make places
 */
public record SpreadConstraint(
        int maxSkew,
        String topologyKey,
        boolean hard,
        LabelMatcher selector,
        int minDomains,
        boolean honorAffinity,
        boolean honorTaints) {

    static SpreadConstraint of(TopologySpreadConstraint constraint, Map<String, String> podLabels) {
        LabelMatcher selector = LabelMatcher.of(constraint.getLabelSelector());
        for (String key : constraint.getMatchLabelKeys()) {
            String value = podLabels.get(key);
            selector = value == null ? selector : selector.and(key, true, value);
        }
        return new SpreadConstraint(
                constraint.getMaxSkew(),
                constraint.getTopologyKey(),
                "DoNotSchedule".equals(constraint.getWhenUnsatisfiable()),
                selector,
                constraint.getMinDomains() == null ? 1 : constraint.getMinDomains(),
                !"Ignore".equals(constraint.getNodeAffinityPolicy()),
                "Honor".equals(constraint.getNodeTaintsPolicy()));
    }
}
