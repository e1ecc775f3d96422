package io.kybern.node.stats;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The pages {@code /metrics/resource} and {@code /metrics/cadvisor} of a kubelet, in the Prometheus text format. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/cluster-administration/system-metrics/">metrics for system components</a>.
 */
final class MetricsPages {

    private final StringBuilder out = new StringBuilder();

    private MetricsPages() {}

    /** What a metrics server scrapes. */
    static String resource(NodeUsage now) {
        MetricsPages page = new MetricsPages();
        page.head(
                "node_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed by the node in core-seconds");
        page.line("node_cpu_usage_seconds_total", Map.of(), now.node(), MetricsPages::seconds);
        page.head("node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes");
        page.line("node_memory_working_set_bytes", Map.of(), now.node(), u -> number(u.workingSetBytes()));
        page.containers(
                now,
                "container_cpu_usage_seconds_total",
                "counter",
                "Cumulative cpu time consumed by the container in core-seconds",
                c -> seconds(c.usage()));
        page.containers(
                now,
                "container_memory_working_set_bytes",
                "gauge",
                "Current working set of the container in bytes",
                c -> number(c.usage().workingSetBytes()));
        page.containers(
                now,
                "container_start_time_seconds",
                "gauge",
                "Start time of the container since unix epoch in seconds",
                MetricsPages::start);
        page.head("pod_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed by the pod in core-seconds");
        now.pods()
                .forEach(pod ->
                        page.line("pod_cpu_usage_seconds_total", labels(pod), total(pod), MetricsPages::seconds));
        page.head("pod_memory_working_set_bytes", "gauge", "Current working set of the pod in bytes");
        now.pods()
                .forEach(pod -> page.line(
                        "pod_memory_working_set_bytes", labels(pod), total(pod), u -> number(u.workingSetBytes())));
        page.head(
                "resource_scrape_error",
                "gauge",
                "1 if there was an error while getting container metrics, 0 otherwise");
        page.out.append("resource_scrape_error 0\n");
        return page.out.toString();
    }

    /** What dashboards show of containers. */
    static String cadvisor(NodeUsage now) {
        MetricsPages page = new MetricsPages();
        page.containers(
                now,
                "container_cpu_usage_seconds_total",
                "counter",
                "Cumulative cpu time consumed in seconds.",
                c -> seconds(c.usage()));
        page.containers(
                now,
                "container_memory_usage_bytes",
                "gauge",
                "Current memory usage in bytes, including all memory regardless of when it was accessed",
                c -> number(c.usage().memoryBytes()));
        page.containers(
                now,
                "container_memory_working_set_bytes",
                "gauge",
                "Current working set in bytes.",
                c -> number(c.usage().workingSetBytes()));
        page.containers(
                now,
                "container_memory_rss",
                "gauge",
                "Size of RSS in bytes.",
                c -> number(c.usage().rssBytes()));
        page.containers(
                now,
                "container_start_time_seconds",
                "gauge",
                "Start time of the container since unix epoch in seconds.",
                MetricsPages::start);
        page.network(
                now,
                "container_network_receive_bytes_total",
                "Cumulative count of bytes received",
                Traffic::receivedBytes);
        page.network(
                now,
                "container_network_transmit_bytes_total",
                "Cumulative count of bytes transmitted",
                Traffic::sentBytes);
        return page.out.toString();
    }

    private static @Nullable Usage total(NodeUsage.PodUsage pod) {
        return pod.total().orElse(null);
    }

    private void containers(
            NodeUsage now,
            String name,
            String type,
            String help,
            Function<NodeUsage.ContainerUsage, Optional<String>> value) {
        head(name, type, help);
        for (NodeUsage.PodUsage pod : now.pods()) {
            for (NodeUsage.ContainerUsage container : pod.containers()) {
                Map<String, String> labels = new LinkedHashMap<>();
                labels.put("container", container.name());
                labels.putAll(labels(pod));
                value.apply(container)
                        .ifPresent(text ->
                                line(name, labels, text, container.usage().at()));
            }
        }
    }

    private void network(NodeUsage now, String name, String help, Function<Traffic, Long> value) {
        head(name, "counter", help);
        for (NodeUsage.PodUsage pod : now.pods()) {
            Traffic traffic = pod.traffic();
            Usage total = total(pod);
            if (traffic != null && total != null) {
                Map<String, String> labels = new LinkedHashMap<>();
                labels.put("interface", "eth0");
                labels.putAll(labels(pod));
                line(name, labels, String.valueOf(value.apply(traffic)), total.at());
            }
        }
    }

    private static Map<String, String> labels(NodeUsage.PodUsage pod) {
        ObjectMeta meta = pod.pod().getMetadata();
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("namespace", meta.getNamespace());
        labels.put("pod", meta.getName());
        return labels;
    }

    private void head(String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void line(
            String name, Map<String, String> labels, @Nullable Usage usage, Function<Usage, Optional<String>> value) {
        if (usage != null) {
            value.apply(usage).ifPresent(text -> line(name, labels, text, usage.at()));
        }
    }

    /** Names of objects and containers need no escapes. */
    private void line(String name, Map<String, String> labels, String value, Instant at) {
        out.append(name);
        if (!labels.isEmpty()) {
            String separator = "{";
            for (var label : labels.entrySet()) {
                out.append(separator)
                        .append(label.getKey())
                        .append("=\"")
                        .append(label.getValue())
                        .append('"');
                separator = ",";
            }
            out.append('}');
        }
        out.append(' ').append(value).append(' ').append(at.toEpochMilli()).append('\n');
    }

    private static Optional<String> seconds(Usage usage) {
        return Optional.of(String.valueOf(usage.cpuNanos() / 1e9));
    }

    private static Optional<String> number(long value) {
        return Optional.of(String.valueOf(value));
    }

    private static Optional<String> start(NodeUsage.ContainerUsage container) {
        Instant at = container.startedAt();
        return at == null ? Optional.empty() : Optional.of(String.valueOf(at.toEpochMilli() / 1e3));
    }
}
