package io.kybern.systemtests;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The metrics that an {@link ExtensionServer} knows, as an adapter of a monitoring system would: {@code custom.metrics.k8s.io} and
 * {@code external.metrics.k8s.io}. A metric says its value itself: {@code is-30} is 30.
 */
final class ExtensionMetrics {

    /** The one pod of which it knows something. */
    static final String POD = "by-pods-0";

    static final String VERSION = "v1beta1";

    private static final String EXTERNAL = "/apis/external.metrics.k8s.io/" + VERSION + "/namespaces/";
    private static final String CUSTOM = "/apis/custom.metrics.k8s.io/" + VERSION + "/namespaces/";
    private static final String PREFIX = "is-";

    private ExtensionMetrics() {}

    static boolean isMetric(String path) {
        return path.startsWith(EXTERNAL) || path.startsWith(CUSTOM);
    }

    static String answer(String path) {
        String[] parts = path.split("/");
        String metric = parts[parts.length - 1];
        String value = "\"metricName\":\"" + metric + "\",\"value\":\"" + metric.substring(PREFIX.length())
                + "\",\"timestamp\":\"" + Instant.now().truncatedTo(ChronoUnit.SECONDS) + "\"";
        if (path.startsWith(EXTERNAL)) {
            return list("ExternalMetricValueList", "external.metrics.k8s.io", value);
        }
        String object = parts[parts.length - 2].replace("*", POD);
        return list(
                "MetricValueList",
                "custom.metrics.k8s.io",
                "\"describedObject\":{\"name\":\"" + object + "\",\"namespace\":\"" + parts[5] + "\"}," + value);
    }

    private static String list(String kind, String group, String item) {
        return "{\"kind\":\"" + kind + "\",\"apiVersion\":\"" + group + "/" + VERSION
                + "\",\"metadata\":{},\"items\":[{" + item + "}]}";
    }
}
