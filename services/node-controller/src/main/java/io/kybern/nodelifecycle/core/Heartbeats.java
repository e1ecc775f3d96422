package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When each node last gave a sign of life, by this process's own clock: what counts is that a lease is renewed or a status is posted,
 * not the time written in it, so clocks may differ. States may be shown in any order: an older one than was seen is no sign. After a
 * restart of this process, and when it leads again, every node begins anew.
 */
final class Heartbeats {

    private record Seen(long lease, long node, String posted, Instant at) {}

    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    /** When the node last gave a new sign of life; now, if it is seen for the first time. */
    Instant last(Node node, Optional<Lease> lease, Instant now) {
        String posted = NodeConditions.condition(node, "Ready")
                .map(NodeCondition::getLastHeartbeatTime)
                .orElse("");
        long leaseRevision = lease.map(Heartbeats::revision).orElse(0L);
        long nodeRevision = revision(node);
        return seen.compute(node.getMetadata().getName(), (name, before) -> {
                    if (before == null) {
                        return new Seen(leaseRevision, nodeRevision, posted, now);
                    }
                    boolean renewed = leaseRevision > before.lease();
                    boolean newer = nodeRevision >= before.node();
                    boolean alive = renewed || newer && !posted.equals(before.posted());
                    return new Seen(
                            Math.max(leaseRevision, before.lease()),
                            Math.max(nodeRevision, before.node()),
                            newer ? posted : before.posted(),
                            alive ? now : before.at());
                })
                .at();
    }

    void forget(String node) {
        seen.remove(node);
    }

    void forgetAll() {
        seen.clear();
    }

    private static long revision(HasMetadata object) {
        String version = object.getMetadata().getResourceVersion();
        return version == null || version.isEmpty() ? 0 : Long.parseLong(version);
    }
}
