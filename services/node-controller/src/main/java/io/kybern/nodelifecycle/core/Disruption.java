package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.kybern.controller.model.Owners;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How fast nodes that do not answer may be emptied.
 *
 * <p>One node that is lost is most likely lost. Many at once are more likely cut off from here than dead, and emptying them
 * would do harm. So each zone is judged by itself: usually one node in ten seconds; a zone of which most nodes are lost (at
 * least three) goes slower, or not at all if it is small; and when no node anywhere is ready, nothing is emptied, because the
 * fault is likely on this side. See "Nodes: rate limits on eviction" in the Kubernetes documentation.
 */
final class Disruption {

    private static final String EXCLUDED = "node.kubernetes.io/exclude-disruption";

    /** Fewer lost nodes than this are never a disruption of the zone, however small it is; Kubernetes' number. */
    private static final int MANY = 2;

    private final Rates rates;
    private final Map<String, Instant> lastInZone = new HashMap<>();

    Disruption(Rates rates) {
        this.rates = rates;
    }

    /**
     * The pace; the defaults are Kubernetes'.
     *
     * @param perSecond nodes per second of a zone that is not disrupted
     * @param secondaryPerSecond nodes per second of a disrupted large zone
     * @param largeZone a zone with more nodes than this is large
     * @param unhealthyShare a zone with this share of its nodes lost is disrupted
     */
    record Rates(double perSecond, double secondaryPerSecond, int largeZone, double unhealthyShare) {}

    private record Zone(int ready, int lost) {
        int size() {
            return ready + lost;
        }
    }

    /** Whether no node in the cluster is ready: then no pod leaves its node. */
    static boolean isTotal(Collection<Node> nodes) {
        return nodes.stream().filter(node -> !isExcluded(node)).noneMatch(node -> NodeConditions.ready(node)
                .equals("True"));
    }

    /**
     * Asks to empty one more node of the zone.
     *
     * @return zero if it may be done now, which then counts; otherwise when to ask again, empty if not while the zone is so
     */
    synchronized Optional<Duration> ask(Node lost, Collection<Node> nodes, Instant now) {
        double rate = rate(zone(lost), nodes);
        if (rate <= 0) {
            return Optional.empty();
        }
        Duration interval = Duration.ofMillis(Math.round(1000 / rate));
        Instant last = lastInZone.get(zone(lost));
        if (last == null || !last.plus(interval).isAfter(now)) {
            lastInZone.put(zone(lost), now);
            return Optional.of(Duration.ZERO);
        }
        return Optional.of(Duration.between(now, last.plus(interval)));
    }

    private double rate(String name, Collection<Node> nodes) {
        int ready = 0;
        int lost = 0;
        for (Node node : nodes) {
            if (zone(node).equals(name) && !isExcluded(node)) {
                if (NodeConditions.ready(node).equals("True")) {
                    ready++;
                } else {
                    lost++;
                }
            }
        }
        Zone zone = new Zone(ready, lost);
        boolean disrupted =
                zone.ready() > 0 && zone.lost() > MANY && zone.lost() >= rates.unhealthyShare() * zone.size();
        if (!disrupted) {
            return rates.perSecond();
        }
        return zone.size() > rates.largeZone() ? rates.secondaryPerSecond() : 0;
    }

    private static String zone(Node node) {
        Map<String, String> labels = Owners.labels(node);
        return labels.getOrDefault("topology.kubernetes.io/region", "") + "/"
                + labels.getOrDefault("topology.kubernetes.io/zone", "");
    }

    private static boolean isExcluded(Node node) {
        return Owners.labels(node).containsKey(EXCLUDED);
    }
}
