package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When each node last gave a sign of life, by this process's own clock: what counts is that a lease or a status changes, not the
 * time written in it, so clocks may differ.
 */
final class Heartbeats {

    private record Seen(String sign, Instant at) {}

    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    /** When the node last gave a new sign of life; now, if it is seen for the first time. */
    Instant last(Node node, Optional<Lease> lease, Instant now) {
        String sign = sign(node, lease);
        return seen.compute(
                        node.getMetadata().getName(),
                        (name, before) -> before != null && before.sign().equals(sign) ? before : new Seen(sign, now))
                .at();
    }

    void forget(String node) {
        seen.remove(node);
    }

    private static String sign(Node node, Optional<Lease> lease) {
        String renewed = lease.map(Lease::getSpec)
                .map(spec -> spec.getRenewTime())
                .map(Object::toString)
                .orElse("");
        String posted = NodeConditions.condition(node, "Ready")
                .map(NodeCondition::getLastHeartbeatTime)
                .orElse("");
        return renewed + "|" + posted;
    }
}
