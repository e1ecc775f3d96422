package io.kybern.node.status;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What people are told when a node's status changes: the reasons of the events that kubelets write, which "Troubleshooting
 * Clusters" in the Kubernetes documentation shows. Pure.
 */
final class NodeNews {

    private NodeNews() {}

    /** How kubelets refer to their node: by its name also where a uid belongs, for they speak before they know it. */
    static ObjectReference about(String node) {
        return new ObjectReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Node")
                .withName(node)
                .withUid(node)
                .build();
    }

    /** The reasons of the events that a step from one status to the next deserves, in the order of the conditions. */
    static List<String> of(NodeStatus before, NodeStatus after) {
        List<String> reasons = new ArrayList<>();
        for (NodeCondition condition : after.getConditions()) {
            String was = Objects.requireNonNullElse(before.getConditions(), List.<NodeCondition>of()).stream()
                    .filter(each -> each.getType().equals(condition.getType()))
                    .map(NodeCondition::getStatus)
                    .findFirst()
                    .orElse("");
            // that a new node is not ready yet is no news
            boolean first = was.isEmpty() && condition.getType().equals("Ready");
            if (!was.equals(condition.getStatus()) && !first) {
                reasons.add(reason(condition));
            }
        }
        return reasons;
    }

    private static String reason(NodeCondition condition) {
        boolean holds = condition.getStatus().equals("True");
        return switch (condition.getType()) {
            case "MemoryPressure" -> holds ? "NodeHasInsufficientMemory" : "NodeHasSufficientMemory";
            case "DiskPressure" -> holds ? "NodeHasDiskPressure" : "NodeHasNoDiskPressure";
            case "PIDPressure" -> holds ? "NodeHasInsufficientPID" : "NodeHasSufficientPID";
            default -> holds ? "NodeReady" : "NodeNotReady";
        };
    }

    /** Whether pods may be scheduled to the node. */
    static boolean isUnschedulable(Node node) {
        return node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
    }
}
