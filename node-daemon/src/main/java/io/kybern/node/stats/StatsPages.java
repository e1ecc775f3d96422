package io.kybern.node.stats;

/** The pages by which a node tells what it and its pods use. Safe to call from any thread. */
public final class StatsPages {

    private final String node;
    private final UsageReader reader;

    /** @param node the node's name */
    public StatsPages(String node, UsageReader reader) {
        this.node = node;
        this.reader = reader;
    }

    /** {@code /stats/summary}. */
    public String summary() {
        return SummaryPage.of(node, reader.read());
    }

    /** {@code /metrics/resource}. */
    public String resource() {
        return MetricsPages.resource(reader.read());
    }

    /** {@code /metrics/cadvisor}. */
    public String cadvisor() {
        return MetricsPages.cadvisor(reader.read());
    }
}
