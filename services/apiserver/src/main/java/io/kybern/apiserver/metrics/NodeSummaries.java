package io.kybern.apiserver.metrics;

import io.kybern.api.Json;
import io.kybern.apiserver.proxy.NodePages;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The summaries of nodes: read when somebody asks, a few at a time, and kept for a moment, so that many who ask cost no more than
 * one. Nothing is read while nobody asks; nodes take samples by themselves. Safe to call from any thread; calls wait.
 */
final class NodeSummaries {

    private static final Logger LOG = LoggerFactory.getLogger(NodeSummaries.class);

    /** Nodes take a sample every ten seconds; half of that keeps an answer fresh. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    /** As many nodes are asked at once: enough for a second per thousand nodes, few enough not to crowd out requests. */
    private static final int AT_ONCE = 16;

    private final NodePages pages;
    private final Clock clock;
    private final Semaphore permits = new Semaphore(AT_ONCE);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, CompletableFuture<Outcome>> readings = new ConcurrentHashMap<>();

    NodeSummaries(NodePages pages, Clock clock) {
        this.pages = pages;
        this.clock = clock;
    }

    /** What came of a reading, and when; no summary if the node did not tell. */
    private record Outcome(Instant at, Optional<JsonNode> summary) {}

    /** What the nodes tell, by their names; those that do not answer are left out. */
    Map<String, JsonNode> of(Collection<String> nodes) {
        Map<String, CompletableFuture<Outcome>> asked = new HashMap<>();
        nodes.forEach(node -> asked.put(node, reading(node)));
        Map<String, JsonNode> summaries = new HashMap<>();
        asked.forEach((node, reading) -> reading.join().summary().ifPresent(summary -> summaries.put(node, summary)));
        return summaries;
    }

    /** Forgets all other nodes. */
    void keepOnly(Set<String> nodes) {
        readings.keySet().retainAll(nodes);
    }

    /**
     * An unfinished reading is shared however long it takes, and a failure is kept like a summary: else nodes that do not answer
     * would pile up readings, which take the others' turns.
     */
    private CompletableFuture<Outcome> reading(String node) {
        Instant now = clock.instant();
        return readings.compute(node, (same, last) -> {
            boolean good = last != null
                    && (!last.isDone() || last.join().at().plus(FRESH).isAfter(now));
            return good ? last : CompletableFuture.supplyAsync(() -> read(node), threads);
        });
    }

    private Outcome read(String node) {
        permits.acquireUninterruptibly();
        try {
            JsonNode summary = Json.read(pages.read(node, "/stats/summary").join());
            return new Outcome(clock.instant(), Optional.of(summary));
        } catch (RuntimeException e) {
            LOG.atDebug()
                    .addKeyValue("node", node)
                    .addKeyValue("error", String.valueOf(e.getMessage()))
                    .log("A node does not tell what it uses");
            return new Outcome(clock.instant(), Optional.empty());
        } finally {
            permits.release();
        }
    }
}
