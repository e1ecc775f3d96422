package io.kybern.node.probes;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.stream.LongStream;

/**
 * Counts probings, for the page {@code /metrics/probes} alone: there are several series for each container, which is too much for those
 * who only want to know how the daemon does. Safe to call from any thread. See <a
 * href="https://kubernetes.io/docs/reference/instrumentation/metrics/">the metrics of Kubernetes</a>.
 */
public final class ProbeMetrics {

    private static final Duration[] BUCKETS = LongStream.of(5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** A container was asked; how long that took tells something only if it did not fail. */
    public void asked(Pod pod, String container, ProbeKind kind, ProbeOutcome.Result result, Duration took) {
        ObjectMeta meta = pod.getMetadata();
        Tags tags = Tags.of(
                "probe_type",
                kind.title(),
                "container",
                container,
                "pod",
                meta.getName(),
                "namespace",
                meta.getNamespace());
        Counter.builder("prober.probe")
                .description("Cumulative number of a liveness, readiness or startup probe for a container by result.")
                .tags(tags.and("pod_uid", meta.getUid(), "result", word(result)))
                .register(registry)
                .increment();
        if (result != ProbeOutcome.Result.FAILURE) {
            Timer.builder("prober.probe.duration")
                    .description("Duration in seconds for a probe response.")
                    .serviceLevelObjectives(BUCKETS)
                    .tags(tags)
                    .register(registry)
                    .record(took);
        }
    }

    /** Takes the series of a pod away. */
    public void forget(Pod pod) {
        ObjectMeta meta = pod.getMetadata();
        registry.getMeters().stream().filter(meter -> isOf(meta, meter.getId())).forEach(registry::remove);
    }

    private static boolean isOf(ObjectMeta pod, Meter.Id id) {
        String uid = id.getTag("pod_uid");
        return pod.getName().equals(id.getTag("pod"))
                && pod.getNamespace().equals(id.getTag("namespace"))
                && (uid == null || uid.equals(pod.getUid()));
    }

    /** The page, in the Prometheus text format. */
    public String page() {
        return registry.scrape();
    }

    private static String word(ProbeOutcome.Result result) {
        return switch (result) {
            case SUCCESS, WARNING -> "successful";
            case FAILURE -> "failed";
            case UNKNOWN -> "unknown";
        };
    }
}
