package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What a node's conditions mean: whether it lives, and which taints keep pods away from it. */
final class NodeConditions {

    static final String NOT_READY = "node.kubernetes.io/not-ready";
    static final String UNREACHABLE = "node.kubernetes.io/unreachable";
    private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
    private static final Map<String, String> PRESSURES = new TreeMap<>(Map.of(
            "MemoryPressure", "node.kubernetes.io/memory-pressure",
            "DiskPressure", "node.kubernetes.io/disk-pressure",
            "PIDPressure", "node.kubernetes.io/pid-pressure",
            "NetworkUnavailable", "node.kubernetes.io/network-unavailable"));
    private static final Set<String> OWN_NO_SCHEDULE = Set.of(
            NOT_READY,
            UNREACHABLE,
            UNSCHEDULABLE,
            "node.kubernetes.io/memory-pressure",
            "node.kubernetes.io/disk-pressure",
            "node.kubernetes.io/pid-pressure",
            "node.kubernetes.io/network-unavailable");
    private static final Set<String> OWN_NO_EXECUTE = Set.of(NOT_READY, UNREACHABLE);

    private NodeConditions() {}

    /** {@code True}, {@code False} or {@code Unknown}. */
    static String ready(Node node) {
        return condition(node, "Ready").map(NodeCondition::getStatus).orElse("Unknown");
    }

    static Optional<NodeCondition> condition(Node node, String type) {
        return conditions(node).stream()
                .filter(each -> type.equals(each.getType()))
                .findFirst();
    }

    static List<NodeCondition> conditions(Node node) {
        return node.getStatus() == null
                ? List.of()
                : Objects.requireNonNullElse(node.getStatus().getConditions(), List.<NodeCondition>of());
    }

    static List<Taint> taints(Node node) {
        return node.getSpec() == null
                ? List.of()
                : Objects.requireNonNullElse(node.getSpec().getTaints(), List.<Taint>of());
    }

    /** The key of the taint that stands for a node that is not ready. */
    static String notReadyKey(Node node) {
        return ready(node).equals("False") ? NOT_READY : UNREACHABLE;
    }

    /** Whether pods are made to leave the node because it is not ready. */
    static boolean isEmptied(Node node) {
        return taints(node).stream()
                .anyMatch(taint -> "NoExecute".equals(taint.getEffect()) && OWN_NO_EXECUTE.contains(taint.getKey()));
    }

    /**
     * The taints that the node should have: those of others as they are, ours as the conditions say. Taints that stay keep their
     * place and the time of their beginning.
     *
     * @param evict whether pods must leave a node that is not ready
     */
    static List<Taint> wantedTaints(Node node, boolean evict, Instant now) {
        Map<String, String> wanted = new LinkedHashMap<>();
        // a node that has said nothing yet carries the taint that it registered with
        if (condition(node, "Ready").isPresent() && !ready(node).equals("True")) {
            wanted.put(notReadyKey(node) + ":NoSchedule", notReadyKey(node));
            if (evict) {
                wanted.put(notReadyKey(node) + ":NoExecute", notReadyKey(node));
            }
        }
        PRESSURES.forEach((type, key) -> {
            if (condition(node, type)
                    .filter(each -> "True".equals(each.getStatus()))
                    .isPresent()) {
                wanted.put(key + ":NoSchedule", key);
            }
        });
        if (node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable())) {
            wanted.put(UNSCHEDULABLE + ":NoSchedule", UNSCHEDULABLE);
        }
        List<Taint> taints = new ArrayList<>();
        for (Taint taint : taints(node)) {
            boolean stays = wanted.remove(taint.getKey() + ":" + taint.getEffect()) != null;
            if (stays || !isOwn(taint)) {
                taints.add(taint);
            }
        }
        String since = now.truncatedTo(ChronoUnit.SECONDS).toString();
        wanted.forEach((id, key) -> taints.add(new TaintBuilder()
                .withKey(key)
                .withEffect(id.substring(key.length() + 1))
                .withTimeAdded(since)
                .build()));
        return taints;
    }

    private static boolean isOwn(Taint taint) {
        return switch (Objects.requireNonNullElse(taint.getEffect(), "")) {
            case "NoSchedule" -> OWN_NO_SCHEDULE.contains(taint.getKey());
            case "NoExecute" -> OWN_NO_EXECUTE.contains(taint.getKey());
            default -> false;
        };
    }
}
