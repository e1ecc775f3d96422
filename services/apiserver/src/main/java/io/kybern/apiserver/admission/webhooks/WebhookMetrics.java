package io.kybern.apiserver.admission.webhooks;

import io.kybern.apiserver.admission.AdmissionOperation;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;

/** Times webhooks and counts what came of them, under the names that Kubernetes dashboards use. */
final class WebhookMetrics {

    /** The buckets of Kubernetes' own histogram, in milliseconds. */
    private static final Duration[] BUCKETS = Arrays.stream(new long[] {5, 25, 100, 500, 1000, 2500, 10_000, 25_000})
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry meters;
    private final String type;

    /** Metrics of one kind of webhooks: {@code admit} or {@code validating}. */
    WebhookMetrics(MeterRegistry meters, String type) {
        this.meters = meters;
        this.type = type;
    }

    /** One call came to an end. */
    void called(String webhook, AdmissionOperation operation, boolean rejected, int code, long nanos) {
        Tags tags = Tags.of(
                "name", webhook, "type", type, "operation", operation.name(), "rejected", Boolean.toString(rejected));
        Timer.builder("apiserver.admission.webhook.admission.duration")
                .description("How long admission webhooks took")
                .tags(tags)
                .serviceLevelObjectives(BUCKETS)
                .register(meters)
                .record(Duration.ofNanos(nanos));
        meters.counter("apiserver.admission.webhook.request", tags.and("code", Integer.toString(code)))
                .increment();
    }

    /** A request was refused; the code is that of the webhook's answer. */
    void rejected(String webhook, AdmissionOperation operation, String error, int code) {
        meters.counter(
                        "apiserver.admission.webhook.rejection",
                        Tags.of(
                                "name",
                                webhook,
                                "type",
                                type,
                                "operation",
                                operation.name(),
                                "error_type",
                                error,
                                "rejection_code",
                                Integer.toString(code)))
                .increment();
    }

    /** A request went on although its webhook could not be asked. */
    void failedOpen(String webhook) {
        meters.counter("apiserver.admission.webhook.fail.open", Tags.of("name", webhook, "type", type))
                .increment();
    }
}
