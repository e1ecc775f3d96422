package io.kybern.apiserver.registry.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import io.kybern.testing.PropertySeeds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Many clients create, change and delete Services of a few names, with a few addresses and ports that they fight for: at rest no two
 * Services have the same one, each has what it says claimed, and what nobody has is free again.
 */
@Timeout(120)
abstract class ServiceClaimsProperties {

    private static final String SERVICES = "/api/v1/namespaces/a/services";
    private static final String ADDRESSES = "/apis/networking.k8s.io/v1/ipaddresses";
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 4;
    private static final int STEPS = 12;
    private static final Set<Integer> ORDERLY = Set.of(200, 201, 404, 409, 422);

    static LongStream seeds() {
        return PropertySeeds.of(3);
    }

    /** The write path on the store that is tested. */
    abstract WritesUnderTest writes();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void noTwoServicesShareAnAddressOrAPort(long seed) throws Exception {
        WritesUnderTest writes = writes();
        writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}");
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> running = new ArrayList<>();
                for (int client = 0; client < CLIENTS; client++) {
                    long own = random.nextLong();
                    running.add(clients.submit(() -> fight(writes, new Random(own))));
                }
                for (Future<?> each : running) {
                    each.get();
                }
            }
            nothingIsSharedAndNothingLost(writes, "seed " + seed + ", round " + round);
        }
        for (JsonNode service : items(writes, SERVICES)) {
            writes.delete(SERVICES + "/" + name(service));
        }
        assertThat(items(writes, ADDRESSES))
                .as("seed %d: all is free again", seed)
                .isEmpty();
        for (int port = 1; port <= 3; port++) {
            Reply made = writes.create(SERVICES, service("last-" + port, "", 30080 + port));
            assertThat(made.code()).as("seed %d: %s", seed, made.text()).isEqualTo(201);
            writes.delete(SERVICES + "/last-" + port);
        }
    }

    private static void fight(WritesUnderTest writes, Random random) {
        for (int step = 0; step < STEPS; step++) {
            String name = "s" + random.nextInt(4);
            int port = 30081 + random.nextInt(3);
            String address = random.nextBoolean() ? "" : "10.96.0." + (5 + random.nextInt(3));
            Reply reply =
                    switch (random.nextInt(6)) {
                        case 0, 1 -> writes.create(SERVICES, service(name, address, port));
                        case 2 -> writes.create(SERVICES, service(name, address, 0));
                        case 3, 4 ->
                            writes.merge(
                                    SERVICES + "/" + name,
                                    "{\"spec\":{\"ports\":[{\"port\":80,\"nodePort\":" + port + "}]}}");
                        default -> writes.delete(SERVICES + "/" + name);
                    };
            assertThat(ORDERLY).as(reply.text()).contains(reply.code());
        }
    }

    private static String service(String name, String address, int nodePort) {
        return "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"type\":\"NodePort\",%s\"ports\":[{\"port\":80%s}]}}"
                .formatted(
                        name,
                        address.isEmpty() ? "" : "\"clusterIP\":\"" + address + "\",",
                        nodePort == 0 ? "" : ",\"nodePort\":" + nodePort);
    }

    private static void nothingIsSharedAndNothingLost(WritesUnderTest writes, String where) {
        List<JsonNode> services = items(writes, SERVICES);
        Set<String> addresses = new HashSet<>();
        Set<Long> ports = new HashSet<>();
        for (JsonNode service : services) {
            JsonNode spec = service.path("spec");
            assertThat(addresses.add(spec.path("clusterIP").asString()))
                    .as("%s: %s has its address for itself", where, spec)
                    .isTrue();
            assertThat(ports.add(spec.path("ports").path(0).path("nodePort").asLong()))
                    .as("%s: %s has its port for itself", where, spec)
                    .isTrue();
        }
        assertThat(items(writes, ADDRESSES))
                .as("%s: what is used is claimed, and nothing else", where)
                .extracting(ServiceClaimsProperties::name)
                .containsExactlyInAnyOrderElementsOf(addresses);
        for (long port : ports) {
            Reply second = writes.create(SERVICES, service("second", "", (int) port));
            assertThat(second.code())
                    .as("%s: port %d is taken, %s", where, port, second.text())
                    .isEqualTo(422);
        }
    }

    private static List<JsonNode> items(WritesUnderTest writes, String path) {
        writes.settle();
        List<JsonNode> items = new ArrayList<>();
        writes.get(path).body().path("items").forEach(items::add);
        return items;
    }

    private static String name(JsonNode object) {
        return object.path("metadata").path("name").asString();
    }
}
