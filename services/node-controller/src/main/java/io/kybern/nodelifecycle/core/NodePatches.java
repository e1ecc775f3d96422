package io.kybern.nodelifecycle.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Merge patches of nodes and their pods. Each replaces one list whole, so each applies only to the state that was seen: whoever
 * was faster wins, and the pass is repeated.
 */
final class NodePatches {

    /** What a silent node no longer vouches for; the network is somebody else's to judge. */
    private static final List<String> POSTED = List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure");

    private final ObjectMapper mapper = new ObjectMapper();

    /** Whether something is still claimed about the node that its silence makes unknown. */
    static boolean hasKnownCondition(Node node) {
        return POSTED.stream().anyMatch(type -> NodeConditions.condition(node, type)
                .filter(each -> "Unknown".equals(each.getStatus()))
                .isEmpty());
    }

    /** All that a silent node vouched for becomes unknown. */
    String unknown(Node node, Instant now) {
        List<NodeCondition> conditions = new ArrayList<>();
        for (NodeCondition condition : NodeConditions.conditions(node)) {
            conditions.add(POSTED.contains(condition.getType()) ? unknown(node, condition.getType(), now) : condition);
        }
        for (String type : POSTED) {
            if (NodeConditions.condition(node, type).isEmpty()) {
                conditions.add(unknown(node, type, now));
            }
        }
        return patch(node, Map.of("status", Map.of("conditions", conditions)));
    }

    private static NodeCondition unknown(Node node, String type, Instant now) {
        Optional<NodeCondition> before = NodeConditions.condition(node, type);
        if (before.filter(condition -> "Unknown".equals(condition.getStatus())).isPresent()) {
            return before.get();
        }
        String heartbeat = before.map(NodeCondition::getLastHeartbeatTime)
                .orElse(node.getMetadata().getCreationTimestamp());
        return new NodeConditionBuilder()
                .withType(type)
                .withStatus("Unknown")
                .withReason(before.isPresent() ? "NodeStatusUnknown" : "NodeStatusNeverUpdated")
                .withMessage(
                        before.isPresent()
                                ? "Kubelet stopped posting node status."
                                : "Kubelet never posted node status.")
                .withLastHeartbeatTime(heartbeat)
                .withLastTransitionTime(now.truncatedTo(ChronoUnit.SECONDS).toString())
                .build();
    }

    /** The node with exactly those taints. */
    String taints(Node node, List<Taint> taints) {
        Map<String, @Nullable Object> spec = new LinkedHashMap<>();
        spec.put("taints", taints.isEmpty() ? null : taints);
        return patch(node, Map.of("spec", spec));
    }

    /** The pod, not ready. */
    String podNotReady(Pod pod, Instant now) {
        List<PodCondition> conditions = new ArrayList<>();
        for (PodCondition condition : pod.getStatus().getConditions()) {
            conditions.add(
                    condition.getType().equals("Ready")
                            ? new PodConditionBuilder(condition)
                                    .withStatus("False")
                                    .withLastTransitionTime(
                                            now.truncatedTo(ChronoUnit.SECONDS).toString())
                                    .build()
                            : condition);
        }
        return patch(pod, Map.of("status", Map.of("conditions", conditions)));
    }

    private String patch(HasMetadata object, Map<String, ?> change) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put(
                "metadata",
                Map.of(
                        "uid", object.getMetadata().getUid(),
                        "resourceVersion",
                                Objects.requireNonNull(object.getMetadata().getResourceVersion())));
        body.putAll(change);
        try {
            return mapper.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an object of the API is always JSON", e);
        }
    }
}
