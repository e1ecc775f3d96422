package io.kybern.workload.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kybern.api.Quantity;
import io.kybern.api.QuantityFormatException;
import io.kybern.workload.core.autoscaling.MetricsSource;
import io.kybern.workload.core.autoscaling.Sample;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Asks the metrics APIs at the API server, which passes on what other servers serve. */
public final class RestMetrics implements MetricsSource {

    /** What a metric without a window was taken over. */
    private static final Duration USUAL_WINDOW = Duration.ofMinutes(1);

    private static final String NAMESPACES = "/namespaces/";

    private final RawApi api;

    public RestMetrics(KubernetesClient client) {
        this.api = new RawApi(client);
    }

    @Override
    public Map<String, Sample> resource(String namespace, String selector, String resource, String container) {
        JsonNode items = items(
                "resource",
                "/apis/metrics.k8s.io/v1beta1" + NAMESPACES + namespace + "/pods?labelSelector=" + encoded(selector));
        Map<String, Sample> samples = new HashMap<>();
        for (JsonNode pod : items) {
            String name = pod.path("metadata").path("name").asText();
            long sum = 0;
            int seen = 0;
            int told = 0;
            for (JsonNode each : pod.path("containers")) {
                if (container.isEmpty() || each.path("name").asText().equals(container)) {
                    JsonNode amount = each.path("usage").path(resource);
                    seen++;
                    told += amount.isMissingNode() ? 0 : 1;
                    sum += milli("resource", amount);
                }
            }
            if (seen > 0 && told == seen) {
                samples.put(
                        name,
                        new Sample(sum, time(pod), duration(pod.path("window").asText())));
            } else if (!container.isEmpty()) {
                throw Unavailable.because(
                        "failed to get container metrics: container %s not present in metrics for pod %s/%s"
                                .formatted(container, namespace, name));
            }
        }
        return samples;
    }

    @Override
    public Map<String, Sample> pods(String namespace, String selector, String metric, String labels) {
        JsonNode items = items(
                "custom",
                custom() + NAMESPACES + namespace + "/pods/*/" + encoded(metric) + "?labelSelector=" + encoded(selector)
                        + narrowed(labels));
        Map<String, Sample> samples = new HashMap<>();
        for (JsonNode each : items) {
            JsonNode seconds = each.path("windowSeconds");
            samples.put(
                    each.path("describedObject").path("name").asText(),
                    new Sample(
                            milli("custom", each.path("value")),
                            time(each),
                            seconds.isNumber() ? Duration.ofSeconds(seconds.asLong()) : USUAL_WINDOW));
        }
        return samples;
    }

    @Override
    public long object(String namespace, Described object, String metric, String labels) {
        boolean isNamespace = object.kind().equals("Namespace");
        String path = isNamespace
                ? "/namespaces/" + namespace + "/metrics/" + encoded(metric)
                : NAMESPACES + namespace + "/" + plural(object) + "/" + object.name() + "/" + encoded(metric);
        String query = narrowed(labels);
        JsonNode items = items("custom", custom() + path + (query.isEmpty() ? "" : "?" + query.substring(1)));
        return milli("custom", items.get(0).path("value"));
    }

    @Override
    public List<Long> external(String namespace, String metric, String labels) {
        JsonNode items = items(
                "external",
                "/apis/external.metrics.k8s.io/v1beta1" + NAMESPACES + namespace + "/" + encoded(metric)
                        + "?labelSelector=" + encoded(labels));
        List<Long> values = new ArrayList<>();
        items.forEach(each -> values.add(milli("external", each.path("value"))));
        return values;
    }

    private static String narrowed(String labels) {
        return labels.isEmpty() ? "" : "&metricLabelSelector=" + encoded(labels);
    }

    /** The newest version that is served. */
    private String custom() {
        String group = "/apis/custom.metrics.k8s.io";
        try {
            return group + "/"
                    + api.get(group)
                            .map(found -> found.path("preferredVersion")
                                    .path("version")
                                    .asText("v1beta1"))
                            .orElse("v1beta1");
        } catch (RawApi.Refused e) {
            return group + "/v1beta1";
        }
    }

    /** Kinds of metrics' objects are those of well-known plurals; a group goes after a dot. */
    private static String plural(Described object) {
        String kind = object.kind().toLowerCase(Locale.ROOT);
        String plural = kind.endsWith("s") || kind.endsWith("x")
                ? kind + "es"
                : kind.endsWith("y") ? kind.substring(0, kind.length() - 1) + "ies" : kind + "s";
        int slash = object.apiVersion().indexOf('/');
        return slash < 0 ? plural : plural + "." + object.apiVersion().substring(0, slash);
    }

    private JsonNode items(String which, String path) {
        JsonNode list;
        try {
            list = api.get(path)
                    .orElseThrow(() -> Unavailable.because(
                            "unable to fetch metrics from %s metrics API: the server could not find the requested resource"
                                    .formatted(which)));
        } catch (RawApi.Refused e) {
            throw Unavailable.because(
                    "unable to fetch metrics from %s metrics API: %s".formatted(which, e.getMessage()));
        }
        if (list.path("items").isEmpty()) {
            throw Unavailable.because("no metrics returned from %s metrics API".formatted(which));
        }
        return list.path("items");
    }

    /** An amount that nobody can read fails its metric, not the pass; one that is absent is none. */
    static long milli(String which, JsonNode amount) {
        try {
            return amount.isMissingNode() || amount.isNull()
                    ? 0
                    : Quantity.parse(amount.asText()).milliValue();
        } catch (QuantityFormatException e) {
            throw Unavailable.because(
                    "unable to fetch metrics from %s metrics API: %s".formatted(which, e.getMessage()));
        }
    }

    private static Instant time(JsonNode of) {
        try {
            return Instant.parse(of.path("timestamp").asText());
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    /** A duration as Go writes it, such as {@code 1m10.5s}. */
    static Duration duration(String text) {
        try {
            return text.isEmpty() ? USUAL_WINDOW : Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
        } catch (DateTimeParseException e) {
            return USUAL_WINDOW;
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
