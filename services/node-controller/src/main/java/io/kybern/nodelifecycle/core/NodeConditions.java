package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What a node's conditions mean: whether it lives, and which taints keep pods away from it. */
final class NodeConditions {

    static final String NOT_READY = "node.kubernetes.io/not-ready";
    static final String UNREACHABLE = "node.kubernetes.io/unreachable";
    private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
    private static final Map<String, String> PRESSURES = Map.of(
            "MemoryPressure", "node.kubernetes.io/memory-pressure",
            "DiskPressure", "node.kubernetes.io/disk-pressure",
            "PIDPressure", "node.kubernetes.io/pid-pressure",
            "NetworkUnavailable", "node.kubernetes.io/network-unavailable");
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

    /**
     * The taints that the node should have: those of others as they are, ours as the conditions say.
     *
     * @param evict whether pods must leave a node that is not ready; not when no node at all is
     */
    static List<Taint> wantedTaints(Node node, boolean evict, Instant now) {
        List<Taint> wanted = new ArrayList<>();
        for (Taint taint : taints(node)) {
            if (!isOwn(taint)) {
                wanted.add(taint);
            }
        }
        String ready = ready(node);
        if (!ready.equals("True")) {
            String key = ready.equals("False") ? NOT_READY : UNREACHABLE;
            wanted.add(kept(node, key, "NoSchedule", null));
            if (evict) {
                wanted.add(kept(node, key, "NoExecute", now));
            }
        }
        PRESSURES.forEach((type, key) -> {
            if (condition(node, type)
                    .filter(each -> "True".equals(each.getStatus()))
                    .isPresent()) {
                wanted.add(kept(node, key, "NoSchedule", null));
            }
        });
        if (node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable())) {
            wanted.add(kept(node, UNSCHEDULABLE, "NoSchedule", null));
        }
        return wanted;
    }

    private static boolean isOwn(Taint taint) {
        return switch (Objects.requireNonNullElse(taint.getEffect(), "")) {
            case "NoSchedule" -> OWN_NO_SCHEDULE.contains(taint.getKey());
            case "NoExecute" -> OWN_NO_EXECUTE.contains(taint.getKey());
            default -> false;
        };
    }

    /** The taint as the node has it, so that the time of its beginning stays; a new one if the node does not. */
    private static Taint kept(Node node, String key, String effect, @org.jspecify.annotations.Nullable Instant since) {
        return taints(node).stream()
                .filter(taint -> key.equals(taint.getKey()) && effect.equals(taint.getEffect()))
                .findFirst()
                .orElseGet(() -> new TaintBuilder()
                        .withKey(key)
                        .withEffect(effect)
                        .withTimeAdded(
                                since == null
                                        ? null
                                        : since.truncatedTo(ChronoUnit.SECONDS).toString())
                        .build());
    }
}
