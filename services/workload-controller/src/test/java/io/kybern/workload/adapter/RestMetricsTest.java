package io.kybern.workload.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kybern.workload.core.autoscaling.MetricsSource;
import io.kybern.workload.core.autoscaling.Sample;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the metrics APIs are asked, and how their answers are read. */
@Timeout(60)
class RestMetricsTest {

    private static final String CUSTOM = "/apis/custom.metrics.k8s.io";
    private static final String NEWEST = "{\"preferredVersion\":{\"version\":\"v1beta2\"}}";
    private static final Instant THEN = Instant.parse("2026-01-02T03:04:05Z");

    /** What the API server answers, by the request's path and query. */
    private final Map<String, String> pages = new ConcurrentHashMap<>();

    private HttpServer server;
    private KubernetesClient client;
    private RestMetrics metrics;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        server.createContext("/", exchange -> {
            String page = pages.get(exchange.getRequestURI().toString());
            byte[] body = (page == null ? "{}" : page).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(page == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .build())
                .build();
        metrics = new RestMetrics(client);
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    private static String items(String... items) {
        return "{\"items\":[" + String.join(",", items) + "]}";
    }

    private static String custom(String name, String value, String more) {
        return "{\"describedObject\":{\"name\":\"%s\"},\"timestamp\":\"%s\",\"value\":\"%s\"%s}"
                .formatted(name, THEN, value, more);
    }

    @Test
    void whatThePodsUseIsTheSumOfTheirContainers() {
        String pod = "{\"metadata\":{\"name\":\"%s\"},\"timestamp\":\"" + THEN
                + "\",\"window\":\"1m10s\",\"containers\":[%s]}";
        pages.put(
                "/apis/metrics.k8s.io/v1beta1/namespaces/ns/pods?labelSelector=app%3Dweb",
                items(
                        pod.formatted(
                                "a",
                                "{\"name\":\"one\",\"usage\":{\"cpu\":\"100m\"}},{\"name\":\"two\",\"usage\":{\"cpu\":\"50m\"}}"),
                        pod.formatted(
                                "unfinished",
                                "{\"name\":\"one\",\"usage\":{\"cpu\":\"100m\"}},{\"name\":\"two\",\"usage\":{}}")));

        assertThat(metrics.resource("ns", "app=web", "cpu", ""))
                .containsExactly(Map.entry("a", new Sample(150, THEN, Duration.ofSeconds(70))));
        assertThat(metrics.resource("ns", "app=web", "cpu", "one"))
                .containsEntry("a", new Sample(100, THEN, Duration.ofSeconds(70)));
        assertThatThrownBy(() -> metrics.resource("ns", "app=web", "cpu", "three"))
                .isInstanceOf(MetricsSource.Unavailable.class)
                .hasMessage("failed to get container metrics: container three not present in metrics for pod ns/a");
    }

    @Test
    void metricsOfPodsAreAskedForAllTogetherInTheNewestVersion() {
        pages.put(CUSTOM, NEWEST);
        pages.put(
                CUSTOM + "/v1beta2/namespaces/ns/pods/*/queue?labelSelector=app%3Dweb&metricLabelSelector=of%3Dmine",
                items(custom("a", "1500m", ",\"windowSeconds\":30"), custom("b", "2", "")));

        assertThat(metrics.pods("ns", "app=web", "queue", "of=mine"))
                .containsOnly(
                        Map.entry("a", new Sample(1500, THEN, Duration.ofSeconds(30))),
                        Map.entry("b", new Sample(2000, THEN, Duration.ofSeconds(60))));
    }

    @Test
    void theMetricOfAnObjectIsAskedForByItsPlural() {
        pages.put(CUSTOM, NEWEST);
        pages.put(
                CUSTOM + "/v1beta2/namespaces/ns/ingresses.networking.k8s.io/front/hits", items(custom("x", "7", "")));
        pages.put(CUSTOM + "/v1beta2/namespaces/ns/services/front/hits", items(custom("x", "8", "")));
        pages.put(CUSTOM + "/v1beta2/namespaces/ns/metrics/hits", items(custom("x", "9", "")));

        assertThat(object("networking.k8s.io/v1", "Ingress", "front")).isEqualTo(7000);
        assertThat(object("v1", "Service", "front")).isEqualTo(8000);
        assertThat(object("v1", "Namespace", "ns")).isEqualTo(9000);
    }

    private long object(String apiVersion, String kind, String name) {
        return metrics.object("ns", new MetricsSource.Described(apiVersion, kind, name), "hits", "");
    }

    @Test
    void everyValueFromElsewhereCounts() {
        pages.put(
                "/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/waiting?labelSelector=queue%3Dmine",
                items("{\"value\":\"1\"}", "{\"value\":\"2500m\"}"));

        assertThat(metrics.external("ns", "waiting", "queue=mine")).isEqualTo(List.of(1000L, 2500L));
    }

    @Test
    void whatNobodyServesIsTold() {
        assertThatThrownBy(() -> metrics.external("ns", "waiting", ""))
                .isInstanceOf(MetricsSource.Unavailable.class)
                .hasMessage(
                        "unable to fetch metrics from external metrics API: the server could not find the requested resource");
        pages.put("/apis/external.metrics.k8s.io/v1beta1/namespaces/ns/waiting?labelSelector=", items());
        assertThatThrownBy(() -> metrics.external("ns", "waiting", ""))
                .hasMessage("no metrics returned from external metrics API");
    }

    @Test
    void amountsAreReadAsThousandths() {
        assertThat(RestMetrics.milli("custom", JsonNodeFactory.instance.textNode("1500m")))
                .isEqualTo(1500);
        assertThat(RestMetrics.milli("custom", MissingNode.getInstance())).isZero();
    }

    @Test
    void anAmountThatNobodyCanReadFailsItsMetricOnly() {
        assertThatThrownBy(() -> RestMetrics.milli("custom", JsonNodeFactory.instance.textNode("much")))
                .isInstanceOf(MetricsSource.Unavailable.class)
                .hasMessageStartingWith(
                        "unable to fetch metrics from custom metrics API: quantities must match the regular expression");
    }
}
