package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Many Services made side by side all get their endpoints. How fast is only noted: who knows what else the machine does. */
class ServiceLatencyE2E extends ClusterTest {

    private static final Logger log = LoggerFactory.getLogger(ServiceLatencyE2E.class);

    private static final int SERVICES = 200;
    private static final int AT_ONCE = 15;

    private final Clock clock = Clock.systemUTC();
    private final Map<String, Instant> made = new ConcurrentHashMap<>();
    private final Map<String, Duration> waited = new ConcurrentHashMap<>();

    @Test
    void manyServicesGetTheirEndpoints() throws InterruptedException, ExecutionException {
        deployWeb("web", 1);
        String services = "/api/v1/namespaces/" + kubectl.namespace() + "/services";
        String slices = "/apis/discovery.k8s.io/v1/namespaces/" + kubectl.namespace() + "/endpointslices";
        try (ClusterApi api = ClusterApi.open(kubectl);
                ExecutorService workers =
                        Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory());
                EventWatch watch =
                        EventWatch.from(api, slices, api.get(slices).ok().at("/metadata/resourceVersion"))) {
            List<Future<?>> requests = IntStream.range(0, SERVICES)
                    .<Future<?>>mapToObj(i -> workers.submit(() -> make(api, services, "latency-" + i)))
                    .toList();
            for (Future<?> request : requests) {
                request.get();
                note(watch);
            }
            eventually("all have an endpoint").until(() -> {
                note(watch);
                return waited.size() == SERVICES;
            });
            assertThat(addresses(api, services)).hasSize(SERVICES);
            api.delete(services + "?labelSelector=test%3Dlatency").ok();
            eventually("their slices go with them")
                    .until(() -> api.get(slices).names().isEmpty());
        }
        List<Duration> sorted = waited.values().stream().sorted().toList();
        log.atInfo()
                .addKeyValue("services", sorted.size())
                .addKeyValue("median", sorted.get(SERVICES / 2))
                .addKeyValue("p99", sorted.get(SERVICES * 99 / 100))
                .log("endpoints of Services that were made side by side");
    }

    private void make(ClusterApi api, String services, String name) {
        made.put(name, clock.instant());
        api.post(services, """
                        metadata: { name: %s, labels: { test: latency } }
                        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
                        """.formatted(name)).ok();
    }

    /** Notes for each Service when its first endpoint was seen. */
    private void note(EventWatch watch) {
        for (JsonNode event : watch.events()) {
            String service = event.at("/object/metadata/labels/kubernetes.io~1service-name")
                    .asString("");
            Instant since = made.get(service);
            if (since != null && !event.at("/object/endpoints/0/addresses/0").isMissingNode()) {
                waited.putIfAbsent(service, Duration.between(since, clock.instant()));
            }
        }
    }

    private static Set<String> addresses(ClusterApi api, String services) {
        Set<String> addresses = new HashSet<>();
        for (JsonNode service :
                api.get(services + "?labelSelector=test%3Dlatency").ok().body().path("items")) {
            addresses.add(service.at("/spec/clusterIP").asString(""));
        }
        return addresses;
    }
}
