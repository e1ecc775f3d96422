package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.kybern.node.objects.NodeTerms;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a pod and a node want each other: selector, required node affinity, taints. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/">assigning pods to nodes</a>. */
final class NodeMatch {

    private static final String OS = "kubernetes.io/os";

    private NodeMatch() {}

    /** Why the pod's programs cannot run on this node's operating system, which is Linux; empty if they can. */
    static Optional<PodRecord.FailureVerdict> operatingSystem(Pod pod, @Nullable Node node) {
        Map<String, String> selector = Objects.requireNonNullElse(pod.getSpec().getNodeSelector(), Map.of());
        Map<String, String> labels = node == null
                ? Map.of()
                : Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of());
        if (node != null && selector.containsKey(OS) && !selector.get(OS).equals(labels.get(OS))) {
            return Optional.of(new PodRecord.FailureVerdict(
                    "PodOSSelectorNodeLabelDoesNotMatch",
                    "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label"));
        }
        if (pod.getSpec().getOs() != null
                && !"linux".equals(pod.getSpec().getOs().getName())) {
            return Optional.of(new PodRecord.FailureVerdict(
                    "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"));
        }
        return Optional.empty();
    }

    static boolean matches(Pod pod, Node node) {
        Map<String, String> labels = node.getMetadata().getLabels() == null
                ? Map.of()
                : node.getMetadata().getLabels();
        Map<String, String> selector = pod.getSpec().getNodeSelector();
        if (selector != null && !labels.entrySet().containsAll(selector.entrySet())) {
            return false;
        }
        var affinity = pod.getSpec().getAffinity();
        if (affinity == null
                || affinity.getNodeAffinity() == null
                || affinity.getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution() == null) {
            return true;
        }
        return NodeTerms.match(affinity.getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution(), node);
    }

    static boolean repelledByNoExecute(Pod pod, Node node) {
        List<Taint> taints = node.getSpec() == null ? null : node.getSpec().getTaints();
        List<Toleration> tolerations = pod.getSpec().getTolerations();
        return taints != null
                && taints.stream()
                        .filter(t -> "NoExecute".equals(t.getEffect()))
                        .anyMatch(
                                t -> tolerations == null || tolerations.stream().noneMatch(o -> tolerates(o, t)));
    }

    private static boolean tolerates(Toleration toleration, Taint taint) {
        String effect = toleration.getEffect();
        if (effect != null && !effect.isEmpty() && !effect.equals(taint.getEffect())) {
            return false;
        }
        String key = toleration.getKey();
        if (key == null || key.isEmpty()) {
            return "Exists".equals(toleration.getOperator());
        }
        if (!key.equals(taint.getKey())) {
            return false;
        }
        String mine = toleration.getValue() == null ? "" : toleration.getValue();
        String other = taint.getValue() == null ? "" : taint.getValue();
        return "Exists".equals(toleration.getOperator()) || mine.equals(other);
    }
}
