package io.kybern.node.stats;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;

/** The pages by which a node tells what it and its pods use. Safe to call from any thread. */
public final class StatsPages {

    private final String node;
    private final UsageReader reader;
    private final VolumeUsages volumes;

    /** @param node the node's name */
    public StatsPages(String node, UsageReader reader, VolumeUsages volumes) {
        this.node = node;
        this.reader = reader;
        this.volumes = volumes;
    }

    /** Looks at the volumes whose turn it is, so that the pages know of them; somebody must do so now and then. */
    public void lookAtVolumes() {
        volumes.look(reader.pods());
    }

    /** {@code /stats/summary}. */
    public String summary() {
        return SummaryPage.of(node, reader.read(), volumes.known());
    }

    /** What {@code /metrics} tells of claims. */
    public String volumes() {
        Collection<Pod> pods = reader.pods();
        return VolumeMetrics.of(pods, volumes.known());
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
