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
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.Snapshot;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives cluster IPs and node ports to one Service each, for any number of API servers: a claim is an object that is created only if
 * it is absent. Cluster IPs are claimed by {@code IPAddress} objects of the API; node ports by objects that no URL shows.
 *
 * <p>A claim belongs to the write that made it, not to whoever has the Service's name: a second create of the same Service fails, and
 * must not take the first one's claims with it.
 *
 * <p>A claim that its Service never came to use, because a server died in between, is taken over by the next one that wants it.
 */
final class ServiceClaims {

    /** Long enough for any write between its claim and its commit. */
    private static final Duration ABANDONED_AFTER = Duration.ofMinutes(1);

    /** So long a range counts as full after nothing was found in it. */
    private static final Duration FULL_FOR = Duration.ofSeconds(5);

    private static final int RANDOM_TRIES = 16;
    private static final String MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
    private static final String MANAGER = "ipallocator.k8s.io";

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
    private final AddressBlocks blocks;
    private final Function<GroupResource, Snapshot> seen;
    private final Clock clock;
    private final Random random;
    private final ResourceType addresses;
    private final ResourceType services;
    private final Map<GroupResource, Instant> fullUntil = new ConcurrentHashMap<>();

    /** @param seen the objects of a resource without a read for each, as new as the store is when asked */
    ServiceClaims(
            ObjectStore store,
            ServiceRanges ranges,
            AddressBlocks blocks,
            Function<GroupResource, Snapshot> seen,
            Clock clock,
            Random random) {
        this.store = store;
        this.ranges = ranges;
        this.blocks = blocks;
        this.seen = seen;
        this.clock = clock;
        this.random = random;
        ResourceRegistry registry = ResourceRegistry.builtIn();
        this.addresses = registry.require("networking.k8s.io", "v1", "ipaddresses");
        this.services = registry.require("", "v1", "services");
    }

    ServiceRanges ranges() {
        return ranges;
    }

    /**
     * Who claims.
     *
     * @param key of the Service
     * @param uid of the Service, for another one may come to have its name
     */
    record Claimant(ObjectKey key, String uid) {

        static Claimant of(JsonNode service) {
            return new Claimant(KubeObject.key(service), KubeObject.uid(service));
        }

        /** Tells the claims of this Service from those of its namesakes, without a word that the API would show. */
        private String claimUid(String name) {
            return UUID.nameUUIDFromBytes((uid + "/" + name).getBytes(StandardCharsets.UTF_8))
                    .toString();
        }
    }

    /**
     * What was claimed.
     *
     * @param name the address or the port
     * @param object the claim as it was made; another write's claim of the same name is another one
     */
    record Claim(ResourceType type, String name, StoredObject object) {}

    /** Names that claims may have, by their number; what comes before the dynamic part is left to those who choose. */
    private record Range(ResourceType type, IntFunction<String> name, int firstDynamic, int size) {}

    /** Whether the address is one that Services may have. */
    boolean isInRange(String address) {
        return blocks.contain(address);
    }

    /**
     * Claims that address for the Service; empty if somebody has it.
     *
     * @throws CompletionException with a conflict if it is another write of the same Service that has it
     */
    Optional<Claim> claimAddress(String address, Claimant service) {
        return claimChosen(addresses, address, service);
    }

    /** Claims any free address; empty if none is left. */
    Optional<Claim> claimAnyAddress(Claimant service) {
        List<Range> all = blocks.all().stream()
                .map(block -> new Range(addresses, block::address, block.firstDynamic(), block.size()))
                .toList();
        return claimAny(all, service);
    }

    /**
     * Claims that port for the Service; empty if somebody has it.
     *
     * @throws CompletionException with a conflict if it is another write of the same Service that has it
     */
    Optional<Claim> claimPort(long port, Claimant service) {
        return claimChosen(NODE_PORTS, String.valueOf(port), service);
    }

    /** Claims any free port; empty if none is left. */
    Optional<Claim> claimAnyPort(Claimant service) {
        Range all = new Range(
                NODE_PORTS,
                offset -> String.valueOf(ranges.firstPort() + offset),
                ranges.firstDynamicPort(),
                ranges.ports());
        return claimAny(List.of(all), service);
    }

    /** The write that the claim was made for has failed. */
    void abandon(Claim claim) {
        drop(claim.type(), claim.object());
    }

    /** Gives an address back if the Service has it. */
    void releaseAddress(String address, Claimant service) {
        release(addresses, address, service);
    }

    /** Gives a port back if the Service has it. */
    void releasePort(long port, Claimant service) {
        release(NODE_PORTS, String.valueOf(port), service);
    }

    /**
     * A few random tries find a free one while a range is not crowded. Then it is seen from outside the store which are free, and which
     * were left behind, and only those are tried: a full range costs a few reads, not one for each of its values.
     */
    private Optional<Claim> claimAny(List<Range> all, Claimant service) {
        return first(all, range -> claimByChance(range, service))
                .or(() -> first(all, range -> claimFree(range, service)))
                .or(() -> claimAbandoned(all, service));
    }

    private static Optional<Claim> first(List<Range> all, Function<Range, Optional<Claim>> way) {
        return all.stream().map(way).flatMap(Optional::stream).findFirst();
    }

    private int anyDynamic(Range range) {
        return range.firstDynamic() + random.nextInt(range.size() - range.firstDynamic());
    }

    private Optional<Claim> claimByChance(Range range, Claimant service) {
        for (int i = 0; i < RANDOM_TRIES; i++) {
            Optional<Claim> made = claim(range.type(), range.name().apply(anyDynamic(range)), service);
            if (made.isPresent()) {
                return made;
            }
        }
        return Optional.empty();
    }

    private Optional<Claim> claimFree(Range range, Claimant service) {
        Snapshot claims = seen.apply(range.type().storage());
        return claimNext(range, service, key -> claims.get(key).isEmpty());
    }

    /** What no Service uses is looked for among all Services; who asks again and again is told at once that there was nothing. */
    private Optional<Claim> claimAbandoned(List<Range> all, Claimant service) {
        GroupResource claimed = all.getFirst().type().storage();
        Instant asked = clock.instant();
        if (asked.isBefore(fullUntil.getOrDefault(claimed, Instant.MIN))) {
            return Optional.empty();
        }
        Snapshot claims = seen.apply(claimed);
        Snapshot owners = seen.apply(services.storage());
        Set<String> used = new HashSet<>();
        owners.range("", null).forEach(owner -> used.addAll(valuesOf(owner.tree())));
        Predicate<ObjectKey> isAbandoned = key -> !used.contains(key.name())
                && claims.get(key)
                        .filter(claim -> isAbandoned(claim.tree(), key.name(), owner -> owners.get(owner)
                                .map(CachedObject::tree)))
                        .isPresent();
        Optional<Claim> found = first(all, range -> claimNext(range, service, isAbandoned));
        if (found.isEmpty()) {
            fullUntil.put(claimed, asked.plus(FULL_FOR));
        }
        return found;
    }

    /** Tries one after the other of those that are worth it, from anywhere in the dynamic part on. */
    private Optional<Claim> claimNext(Range range, Claimant service, Predicate<ObjectKey> isWorthIt) {
        int start = anyDynamic(range);
        for (int i = 0; i < range.size(); i++) {
            int offset = (int) (((long) start + i) % range.size());
            String name = range.name().apply(offset);
            if (isWorthIt.test(ObjectKey.clusterScoped(name))) {
                Optional<Claim> made = claim(range.type(), name, service);
                if (made.isPresent()) {
                    return made;
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Claim> claimChosen(ResourceType type, String name, Claimant service) {
        Optional<Claim> made = claim(type, name, service);
        if (made.isEmpty()) {
            ObjectKey key = ObjectKey.clusterScoped(name);
            store.get(type, key)
                    .join()
                    .filter(claim -> isOf(claim.tree(), name, service))
                    .ifPresent(claim -> {
                        throw new CompletionException(
                                StorageException.conflict(type.storage(), key, 0, claim.revision()));
                    });
        }
        return made;
    }

    private Optional<Claim> claim(ResourceType type, String name, Claimant service) {
        ObjectKey key = ObjectKey.clusterScoped(name);
        Optional<Claim> made = create(type, name, service);
        if (made.isPresent()) {
            return made;
        }
        Optional<StoredObject> present = store.get(type, key).join();
        boolean free = present.isEmpty()
                || isAbandoned(present.get().tree(), name, this::serviceInStore) && drop(type, present.get());
        return free ? create(type, name, service) : Optional.empty();
    }

    private Optional<Claim> create(ResourceType type, String name, Claimant service) {
        ObjectNode claim = Json.object();
        claim.put("kind", type.kind()).put("apiVersion", type.gvr().apiVersion());
        ObjectNode metadata = claim.putObject("metadata");
        metadata.put("name", name);
        metadata.put("uid", service.claimUid(name));
        metadata.put(
                "creationTimestamp",
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        metadata.putObject("labels")
                .put("ipaddress.kubernetes.io/ip-family", "IPv4")
                .put(MANAGED_BY, MANAGER);
        claim.putObject("spec")
                .putObject("parentRef")
                .put("group", "")
                .put("resource", "services")
                .put("namespace", service.key().namespace())
                .put("name", service.key().name());
        try {
            StoredObject made =
                    store.create(type, ObjectKey.clusterScoped(name), claim).join();
            return Optional.of(new Claim(type, name, made));
        } catch (CompletionException e) {
            if (StorageException.of(e) instanceof StorageException.Exists) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean isOf(JsonNode claim, String name, Claimant service) {
        return KubeObject.uid(claim).equals(service.claimUid(name));
    }

    private static ObjectKey owner(JsonNode claim) {
        JsonNode parent = claim.path("spec").path("parentRef");
        return new ObjectKey(
                parent.path("namespace").asString(""), parent.path("name").asString("-"));
    }

    private Optional<ObjectNode> serviceInStore(ObjectKey key) {
        return store.get(services, key).join().map(StoredObject::tree);
    }

    private boolean isAbandoned(JsonNode claim, String name, Function<ObjectKey, Optional<ObjectNode>> owners) {
        // what others made is theirs for as long as it is there
        if (!claim.path("metadata").path("labels").path(MANAGED_BY).asString("").equals(MANAGER)) {
            return false;
        }
        Instant made =
                Instant.parse(claim.path("metadata").path("creationTimestamp").asString("1970-01-01T00:00:00Z"));
        if (made.plus(ABANDONED_AFTER).isAfter(clock.instant())) {
            return false;
        }
        return owners.apply(owner(claim)).map(service -> !uses(service, name)).orElse(true);
    }

    private static boolean uses(JsonNode service, String name) {
        return valuesOf(service).contains(name);
    }

    /** The addresses and ports that a Service has. */
    private static Set<String> valuesOf(JsonNode service) {
        JsonNode spec = service.path("spec");
        Set<String> values = new HashSet<>();
        values.add(spec.path("clusterIP").asString(""));
        values.add(String.valueOf(spec.path("healthCheckNodePort").asLong(0)));
        for (JsonNode port : spec.path("ports")) {
            values.add(String.valueOf(port.path("nodePort").asLong(0)));
        }
        return values;
    }

    private boolean drop(ResourceType type, StoredObject claim) {
        try {
            store.delete(type, claim.key(), claim.revision(), claim.tree()).join();
            return true;
        } catch (CompletionException e) {
            StorageException failure = StorageException.of(e);
            if (failure instanceof StorageException.NotFound || failure instanceof StorageException.Conflict) {
                return false;
            }
            throw e;
        }
    }

    private void release(ResourceType type, String name, Claimant service) {
        store.get(type, ObjectKey.clusterScoped(name))
                .join()
                .filter(claim -> isOf(claim.tree(), name, service))
                .ifPresent(claim -> drop(type, claim));
    }
}
