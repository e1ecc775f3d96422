package io.kybern.workload.core.daemonset;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.kybern.controller.model.NodeMatcher;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Tolerations;
import java.util.List;
import java.util.Objects;

/** Which nodes a DaemonSet runs on: by name, selector, required affinity and taints. Resources are the scheduler's business. */
final class NodeFit {

    private final PodSpec spec;
    private final NodeMatcher matcher;

    NodeFit(DaemonSet set) {
        this.spec = DaemonPods.judged(set);
        this.matcher = NodeMatcher.of(spec);
    }

    /** What becomes of the set's pod on a node. */
    enum Verdict {
        /** It is to run there. */
        RUN,
        /** It is not begun there; where it runs, it may go on. */
        GO_ON,
        /** It has no place there. */
        LEAVE
    }

    Verdict judge(Node node) {
        String name = node.getMetadata().getName();
        String wanted = Objects.requireNonNullElse(spec.getNodeName(), "");
        if (!wanted.isEmpty() && !wanted.equals(name) || !matcher.matches(name, Owners.labels(node))) {
            return Verdict.LEAVE;
        }
        boolean repelled = false;
        for (Taint taint : taints(node)) {
            boolean hard = "NoExecute".equals(taint.getEffect());
            if ((hard || "NoSchedule".equals(taint.getEffect()))
                    && !Tolerations.tolerate(spec.getTolerations(), taint)) {
                if (hard) {
                    return Verdict.LEAVE;
                }
                repelled = true;
            }
        }
        return repelled ? Verdict.GO_ON : Verdict.RUN;
    }

    private static List<Taint> taints(Node node) {
        return node.getSpec() == null || node.getSpec().getTaints() == null
                ? List.of()
                : node.getSpec().getTaints();
    }
}
