package io.kybern.apiserver.registry.services;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives cluster IPs and node ports to one Service each, for any number of API servers: a claim is an object that is created only if
 * it is absent. Cluster IPs are claimed by {@code IPAddress} objects of the API; node ports by objects that no URL shows.
 *
 * <p>A claim that its Service never came to use, because a server died in between, is taken over by the next one that wants it.
 */
final class ServiceClaims {

    /** Long enough for any write between its claim and its commit. */
    private static final Duration ABANDONED_AFTER = Duration.ofMinutes(1);

    private static final int RANDOM_TRIES = 16;

    private static final ResourceType NODE_PORTS = new ResourceType(
            new GroupVersionResource("internal.kybern.io", "v1", "nodeports"),
            "NodePort",
            false,
            List.of(),
            List.of(),
            Set.of(),
            Map.of(),
            new GroupResource("internal.kybern.io", "nodeports"));

    private final ObjectStore store;
    private final ServiceRanges ranges;
    private final Clock clock;
    private final Random random;
    private final ResourceType addresses;
    private final ResourceType services;

    ServiceClaims(ObjectStore store, ServiceRanges ranges, Clock clock, Random random) {
        this.store = store;
        this.ranges = ranges;
        this.clock = clock;
        this.random = random;
        ResourceRegistry registry = ResourceRegistry.builtIn();
        this.addresses = registry.require("networking.k8s.io", "v1", "ipaddresses");
        this.services = registry.require("", "v1", "services");
    }

    ServiceRanges ranges() {
        return ranges;
    }

    /** Claims that address for the Service; false if another one has it. */
    boolean claimAddress(String address, ObjectKey service) {
        return claim(addresses, address, service);
    }

    /** Claims any free address; empty if none is left. */
    Optional<String> claimAnyAddress(ObjectKey service) {
        return claimAny(addresses, ranges::address, ranges.firstDynamicAddress(), ranges.addresses(), service);
    }

    /** Claims that port for the Service; false if another one has it. */
    boolean claimPort(long port, ObjectKey service) {
        return claim(NODE_PORTS, String.valueOf(port), service);
    }

    /** Claims any free port; empty if none is left. */
    Optional<Integer> claimAnyPort(ObjectKey service) {
        return claimAny(
                        NODE_PORTS,
                        offset -> String.valueOf(ranges.firstPort() + offset),
                        ranges.firstDynamicPort(),
                        ranges.ports(),
                        service)
                .map(Integer::valueOf);
    }

    /** Gives an address back if the Service has it. */
    void releaseAddress(String address, ObjectKey service) {
        release(addresses, address, service);
    }

    /** Gives a port back if the Service has it. */
    void releasePort(long port, ObjectKey service) {
        release(NODE_PORTS, String.valueOf(port), service);
    }

    /** A few random tries find a free one while the range is not crowded; then each is tried, the dynamic part first. */
    private Optional<String> claimAny(
            ResourceType type, IntFunction<String> name, int firstDynamic, int size, ObjectKey service) {
        for (int i = 0; i < RANDOM_TRIES; i++) {
            String candidate = name.apply(firstDynamic + random.nextInt(size - firstDynamic));
            if (claim(type, candidate, service)) {
                return Optional.of(candidate);
            }
        }
        int start = firstDynamic + random.nextInt(size - firstDynamic);
        for (int i = 0; i < size; i++) {
            String candidate = name.apply((start + i) % size);
            if (claim(type, candidate, service)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private boolean claim(ResourceType type, String name, ObjectKey service) {
        ObjectKey key = ObjectKey.clusterScoped(name);
        if (create(type, key, service)) {
            return true;
        }
        Optional<StoredObject> present = store.get(type, key).join();
        if (present.isEmpty()) {
            return create(type, key, service);
        }
        ObjectNode claim = present.get().tree();
        if (owner(claim).equals(service)) {
            return true;
        }
        return isAbandoned(claim, name) && drop(type, key, present.get()) && create(type, key, service);
    }

    private boolean create(ResourceType type, ObjectKey key, ObjectKey service) {
        ObjectNode claim = Json.object();
        claim.put("kind", type.kind()).put("apiVersion", type.gvr().apiVersion());
        ObjectNode metadata = claim.putObject("metadata");
        metadata.put("name", key.name());
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put(
                "creationTimestamp",
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        metadata.putObject("labels")
                .put("ipaddress.kubernetes.io/ip-family", "IPv4")
                .put("ipaddress.kubernetes.io/managed-by", "ipallocator.k8s.io");
        claim.putObject("spec")
                .putObject("parentRef")
                .put("group", "")
                .put("resource", "services")
                .put("namespace", service.namespace())
                .put("name", service.name());
        try {
            store.create(type, key, claim).join();
            return true;
        } catch (CompletionException e) {
            if (StorageException.of(e) instanceof StorageException.Exists) {
                return false;
            }
            throw e;
        }
    }

    private static ObjectKey owner(JsonNode claim) {
        JsonNode parent = claim.path("spec").path("parentRef");
        return new ObjectKey(
                parent.path("namespace").asString(""), parent.path("name").asString("-"));
    }

    private boolean isAbandoned(JsonNode claim, String name) {
        Instant made =
                Instant.parse(claim.path("metadata").path("creationTimestamp").asString("1970-01-01T00:00:00Z"));
        if (made.plus(ABANDONED_AFTER).isAfter(clock.instant())) {
            return false;
        }
        return store.get(services, owner(claim))
                .join()
                .map(service -> !uses(service.tree(), name))
                .orElse(true);
    }

    private static boolean uses(JsonNode service, String name) {
        JsonNode spec = service.path("spec");
        if (spec.path("clusterIP").asString("").equals(name)) {
            return true;
        }
        for (JsonNode port : spec.path("ports")) {
            if (String.valueOf(port.path("nodePort").asLong(0)).equals(name)) {
                return true;
            }
        }
        return String.valueOf(spec.path("healthCheckNodePort").asLong(0)).equals(name);
    }

    private boolean drop(ResourceType type, ObjectKey key, StoredObject claim) {
        try {
            store.delete(type, key, claim.revision(), claim.tree()).join();
            return true;
        } catch (CompletionException e) {
            StorageException failure = StorageException.of(e);
            if (failure instanceof StorageException.NotFound || failure instanceof StorageException.Conflict) {
                return false;
            }
            throw e;
        }
    }

    private void release(ResourceType type, String name, ObjectKey service) {
        ObjectKey key = ObjectKey.clusterScoped(name);
        store.get(type, key)
                .join()
                .filter(claim -> KubeObject.name(claim.tree()).equals(name)
                        && owner(claim.tree()).equals(service))
                .ifPresent(claim -> drop(type, key, claim));
    }
}
