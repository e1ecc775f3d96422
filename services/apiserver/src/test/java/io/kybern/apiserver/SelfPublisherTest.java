package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.RegistryProperties;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StoredObject;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class SelfPublisherTest {

    private static final List<String> COMPONENTS = List.of(
            "scheduler",
            "deployment-controller",
            "endpoint-controller",
            "lifecycle-controller",
            "node-controller",
            "replication-controller",
            "workload-controller");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ResourceRegistry registry = ResourceRegistry.builtIn();
    private final InMemoryStore backend = new InMemoryStore();
    private final ObjectStore store = backend.objectStore();
    private final AtomicInteger asked = new AtomicInteger();
    private final Map<ObjectKey, Map<GroupResource, JsonNode>> cache = new HashMap<>();
    private final SelfPublisher publisher = new SelfPublisher(
            counting(store),
            (resource, key) ->
                    Optional.ofNullable(cache.getOrDefault(key, Map.of()).get(resource)),
            registry,
            new ApiServerProperties(
                    "127.0.0.1",
                    6443,
                    "192.0.2.1",
                    Path.of("pki"),
                    null,
                    null,
                    null,
                    null,
                    "issuer",
                    List.of("audience"),
                    true,
                    400,
                    200,
                    Duration.ofMinutes(1),
                    "10.96.0.1",
                    true),
            new RegistryProperties("10.96.0.0/16", "30000-32767"),
            Clock.fixed(NOW, ZoneOffset.UTC));

    /** A store that counts what is asked of it. */
    private ObjectStore counting(ObjectStore real) {
        return (ObjectStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    asked.incrementAndGet();
                    return method.invoke(real, arguments);
                });
    }

    /** The cache comes to show what the store holds. */
    private void catchUp() {
        backend.scan((resource, stored) ->
                cache.computeIfAbsent(stored.key(), none -> new HashMap<>()).put(resource, stored.tree()));
    }

    private JsonNode get(String group, String resource, String name) {
        return store.get(registry.require(group, "v1", resource), ObjectKey.clusterScoped(name))
                .join()
                .orElseThrow()
                .tree();
    }

    private void holdLease(String name) {
        ResourceType leases = registry.require("coordination.k8s.io", "v1", "leases");
        ObjectNode lease = (ObjectNode) Json.read("""
                {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "%s", "namespace": "kube-system"},
                 "spec": {"holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": "2025-12-31T23:59:50.000000Z"}}""".formatted(name));
        store.create(leases, new ObjectKey("kube-system", name), lease).join();
    }

    @Test
    void keepsWhatEveryClusterHas() {
        publisher.publish();

        assertThat(get("networking.k8s.io", "servicecidrs", "kubernetes")
                        .path("spec")
                        .path("cidrs")
                        .path(0)
                        .asString())
                .isEqualTo("10.96.0.0/16");
        assertThat(get("networking.k8s.io", "ipaddresses", "10.96.0.1")
                        .path("spec")
                        .path("parentRef")
                        .path("name")
                        .asString())
                .isEqualTo("kubernetes");
        assertThat(get("flowcontrol.apiserver.k8s.io", "flowschemas", "catch-all")
                        .path("spec")
                        .path("matchingPrecedence")
                        .asLong())
                .isEqualTo(10_000);
        assertThat(get("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "exempt")
                        .path("spec")
                        .path("type")
                        .asString())
                .isEqualTo("Exempt");
    }

    @Test
    void writesNothingTwice() {
        publisher.publish();
        long revision = store.currentRevision().join();

        publisher.publish();

        assertThat(store.currentRevision().join()).isEqualTo(revision);
    }

    @Test
    void whatTheCacheShowsToBeRightIsNotAskedFor() {
        COMPONENTS.forEach(this::holdLease);
        publisher.publish();
        catchUp();
        asked.set(0);

        publisher.publish();

        assertThat(asked).hasValue(0);
    }

    @Test
    void whatTheCacheShowsToBeWrongIsPutRight() {
        publisher.publish();
        ResourceType schemas = registry.require("flowcontrol.apiserver.k8s.io", "v1", "flowschemas");
        ObjectKey key = ObjectKey.clusterScoped("catch-all");
        StoredObject right = store.get(schemas, key).join().orElseThrow();
        ObjectNode wrong = right.tree();
        ((ObjectNode) wrong.path("spec")).put("matchingPrecedence", 1);
        store.update(schemas, key, right.revision(), wrong).join();
        catchUp();

        publisher.publish();

        assertThat(get("flowcontrol.apiserver.k8s.io", "flowschemas", "catch-all")
                        .path("spec"))
                .isEqualTo(right.tree().path("spec"));
    }

    @Test
    void aCacheThatLagsBehindCallsNobodySilent() {
        holdLease("scheduler");
        cache.put(
                new ObjectKey("kube-system", "scheduler"),
                Map.of(registry.require("coordination.k8s.io", "v1", "leases").storage(), Json.object()));

        publisher.publish();

        assertThat(health("scheduler").path("status").asString()).isEqualTo("True");
    }

    @Test
    void aComponentIsHealthyWhileItsLeaseIsHeld() {
        publisher.publish();
        assertThat(health("scheduler").path("status").asString()).isEqualTo("False");
        assertThat(health("etcd-0").path("message").asString()).isEqualTo("ok");

        holdLease("scheduler");
        publisher.publish();

        assertThat(health("scheduler").path("status").asString()).isEqualTo("True");
        assertThat(health("controller-manager").path("message").asString())
                .startsWith("no lease is held in time by: deployment-controller, ");
    }

    private JsonNode health(String component) {
        return get("", "componentstatuses", component).path("conditions").path(0);
    }
}
