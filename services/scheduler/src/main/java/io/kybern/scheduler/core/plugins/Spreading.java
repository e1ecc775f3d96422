package io.kybern.scheduler.core.plugins;

import io.fabric8.kubernetes.api.model.Taint;
import io.kybern.controller.model.Tolerations;
import io.kybern.scheduler.core.model.LabelMatcher;
import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.SpreadConstraint;
import java.util.List;

/** What filtering and scoring by spread have in common: which nodes and pods count. */
final class Spreading {

    private Spreading() {}

    static boolean hasAllKeys(NodeInfo node, List<SpreadConstraint> constraints) {
        for (SpreadConstraint constraint : constraints) {
            if (!node.labels().containsKey(constraint.topologyKey())) {
                return false;
            }
        }
        return true;
    }

    static boolean makesPlace(SpreadConstraint constraint, PodInfo pod, NodeInfo node) {
        if (constraint.honorAffinity() && !pod.nodes().matches(node.name(), node.labels())) {
            return false;
        }
        if (constraint.honorTaints()) {
            for (Taint taint : node.taints()) {
                if (TaintToleration.keepsPodsOff(taint) && !Tolerations.tolerate(pod.tolerations(), taint)) {
                    return false;
                }
            }
        }
        return true;
    }

    static int count(NodeInfo node, LabelMatcher selector, String namespace) {
        int count = 0;
        for (PodInfo other : node.pods()) {
            if (other.namespace().equals(namespace) && !other.isTerminating() && selector.matches(other.labels())) {
                count++;
            }
        }
        return count;
    }
}
