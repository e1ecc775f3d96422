package io.kybern.apiserver.registry.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.registry.services.ServiceClaims.Claim;
import io.kybern.apiserver.registry.services.ServiceClaims.Claimant;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.watch.CachesUnderTest;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class ServiceClaimsTest {

    private static final Claimant ONE = new Claimant(new ObjectKey("a", "one"), "uid-1");
    private static final Claimant TWO = new Claimant(new ObjectKey("a", "two"), "uid-2");

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private List<JsonNode> serviceCidrs = List.of();
    private final List<String> looks = new ArrayList<>();
    private final InMemoryStore backend = new InMemoryStore();
    private final WatchCache cache = CachesUnderTest.of(backend);
    private final ObjectStore store = backend.objectStore();
    private final ServiceClaims claims = claims("10.96.0.0/16", "30000-32767");

    private ServiceClaims claims(String addresses, String ports) {
        return claims(store, addresses, ports);
    }

    private ServiceClaims claims(ObjectStore store, String addresses, String ports) {
        InstantSource source = () -> now;
        Clock clock = source.withZone(ZoneOffset.UTC);
        ServiceRanges ranges = ServiceRanges.parse(addresses, ports);
        AddressBlocks blocks = new AddressBlocks(ranges.addresses(), wanted -> serviceCidrs);
        return new ServiceClaims(
                store,
                ranges,
                blocks,
                resource -> {
                    looks.add(resource.resource());
                    return cache.snapshot(resource, RevisionRequest.latest()).join();
                },
                clock,
                new Random(7));
    }

    private static Claimant service(int number) {
        return new Claimant(new ObjectKey("a", "s" + number), "uid-s" + number);
    }

    private void store(ObjectKey service, String address) {
        var object = Json.object().put("apiVersion", "v1").put("kind", "Service");
        object.putObject("metadata").put("namespace", service.namespace()).put("name", service.name());
        object.putObject("spec").put("clusterIP", address);
        store.create(ResourceRegistry.builtIn().require("", "v1", "services"), service, object)
                .join();
    }

    @Test
    void anAddressGoesToOneServiceOnly() {
        assertThat(claims.claimAddress("10.96.0.9", ONE)).isPresent();
        assertThat(claims.claimAddress("10.96.0.9", TWO)).isEmpty();
    }

    @Test
    void whoHasTheNameOfAServiceDoesNotHaveItsClaims() {
        Claimant namesake = new Claimant(ONE.key(), "uid-3");
        claims.claimAddress("10.96.0.9", ONE);

        assertThat(claims.claimAddress("10.96.0.9", namesake)).isEmpty();
        claims.releaseAddress("10.96.0.9", namesake);
        assertThat(claims.claimAddress("10.96.0.9", TWO)).isEmpty();
    }

    @Test
    void anotherWriteOfTheSameServiceHasToWait() {
        Claim first = claims.claimPort(30080, ONE).orElseThrow();

        assertThatThrownBy(() -> claims.claimPort(30080, ONE)).hasCauseInstanceOf(StorageException.Conflict.class);
        claims.abandon(first);
        assertThat(claims.claimPort(30080, ONE)).isPresent();
    }

    @Test
    void aFailedWriteGivesBackOnlyWhatItClaimedItself() {
        Claim early = claims.claimPort(30080, ONE).orElseThrow();
        claims.releasePort(30080, ONE);
        claims.claimPort(30080, TWO);

        claims.abandon(early);

        assertThat(claims.claimPort(30080, ONE)).isEmpty();
    }

    @Test
    void aReleasedAddressIsFree() {
        claims.claimAddress("10.96.0.9", ONE);
        claims.releaseAddress("10.96.0.9", TWO);
        assertThat(claims.claimAddress("10.96.0.9", TWO))
                .as("not another's to release")
                .isEmpty();

        claims.releaseAddress("10.96.0.9", ONE);
        assertThat(claims.claimAddress("10.96.0.9", TWO)).isPresent();
    }

    @Test
    void findsEveryFreeOneOfACrowdedRangeAndThenNone() {
        ServiceClaims few = claims("10.0.0.0/29", "30000-30003");
        Set<String> addresses = new HashSet<>();
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            addresses.add(few.claimAnyAddress(service(i)).orElseThrow().name());
        }
        for (int i = 0; i < 4; i++) {
            ports.add(
                    Integer.parseInt(few.claimAnyPort(service(i)).orElseThrow().name()));
        }

        assertThat(addresses).hasSize(6).doesNotContain("10.0.0.0", "10.0.0.7");
        assertThat(ports).containsExactlyInAnyOrder(30000, 30001, 30002, 30003);
        assertThat(few.claimAnyAddress(TWO)).isEmpty();
        assertThat(few.claimAnyPort(TWO)).isEmpty();
    }

    @Test
    void takesAddressesOfReadyRangesWhenTheConfiguredOneIsFull() {
        ServiceClaims few = claims("10.0.0.0/30", "30000-30003");
        serviceCidrs = List.of(
                Json.read("{\"spec\":{\"cidrs\":[\"10.1.0.0/30\",\"2001:db8::/64\"]}}"),
                Json.read("{\"spec\":{\"cidrs\":[\"10.2.0.0/30\"]},\"status\":{\"conditions\":"
                        + "[{\"type\":\"Ready\",\"status\":\"False\"}]}}"),
                Json.read("{\"metadata\":{\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"},"
                        + "\"spec\":{\"cidrs\":[\"10.3.0.0/30\"]}}"));
        Set<String> addresses = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            addresses.add(few.claimAnyAddress(service(i)).orElseThrow().name());
        }

        assertThat(addresses).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2", "10.1.0.1", "10.1.0.2");
        assertThat(few.claimAnyAddress(TWO)).isEmpty();
        assertThat(few.isInRange("10.0.0.1")).isTrue();
        assertThat(few.isInRange("10.1.0.2")).isTrue();
        assertThat(few.isInRange("10.1.0.0")).as("the network's own").isFalse();
        assertThat(few.isInRange("10.2.0.1")).as("not ready").isFalse();
        assertThat(few.isInRange("10.3.0.1")).as("being deleted").isFalse();
    }

    @Test
    void aFullRangeIsNotSearchedWhileAnotherHasRoom() {
        ServiceClaims first = claims("10.0.0.0/24", "30000-30003");
        for (int i = 1; i < 255; i++) {
            assertThat(first.claimAddress("10.0.0." + i, service(i))).isPresent();
        }
        serviceCidrs = List.of(Json.read("{\"spec\":{\"cidrs\":[\"10.1.0.0/24\"]}}"));
        AtomicInteger calls = new AtomicInteger();

        Claim claim = claims(counting(calls), "10.0.0.0/24", "30000-30003")
                .claimAnyAddress(service(1000))
                .orElseThrow();

        assertThat(claim.name()).startsWith("10.1.0.");
        assertThat(calls.get()).isLessThan(100);
    }

    private ObjectStore counting(AtomicInteger calls) {
        return (ObjectStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    calls.incrementAndGet();
                    return method.invoke(store, arguments);
                });
    }

    @Test
    void aFullRangeIsNotSearchedInTheStore() {
        AtomicInteger calls = new AtomicInteger();
        ServiceClaims full = claims(counting(calls), "10.0.0.0/22", "30000-30999");
        for (int i = 0; i < 1000; i++) {
            assertThat(full.claimPort(30000 + i, service(i))).isPresent();
        }
        calls.set(0);

        assertThat(full.claimAnyPort(TWO)).isEmpty();
        assertThat(calls.get()).isLessThan(100);

        full.releasePort(30007, service(7));
        calls.set(0);
        assertThat(full.claimAnyPort(TWO)).map(Claim::name).contains("30007");
        assertThat(calls.get()).isLessThan(100);
    }

    @Test
    void whatADeadServerLeftBehindInAFullRangeIsFound() {
        ServiceClaims full = claims("10.0.0.0/24", "30000-30999");
        for (int i = 1; i < 255; i++) {
            full.claimAddress("10.0.0." + i, service(i));
            if (i != 9) {
                store(service(i).key(), "10.0.0." + i);
            }
        }
        assertThat(full.claimAnyAddress(TWO)).as("its commit may still come").isEmpty();

        now = now.plus(Duration.ofMinutes(2));

        assertThat(full.claimAnyAddress(TWO)).map(Claim::name).contains("10.0.0.9");
    }

    @Test
    void whatADeadServerLeftBehindIsFoundInEachOfSeveralRanges() {
        ServiceClaims full = claims("10.0.0.0/30", "30000-30003");
        serviceCidrs = List.of(Json.read("{\"spec\":{\"cidrs\":[\"10.1.0.0/30\"]}}"));
        for (String address : List.of("10.0.0.1", "10.0.0.2", "10.1.0.1")) {
            full.claimAddress(address, service(address.hashCode()));
            store(service(address.hashCode()).key(), address);
        }
        full.claimAddress("10.1.0.2", ONE);
        now = now.plus(Duration.ofMinutes(2));

        assertThat(full.claimAnyAddress(TWO)).map(Claim::name).contains("10.1.0.2");
    }

    @Test
    void whoAsksAFullRangeAgainAndAgainCostsNoLookAtAllServices() {
        ServiceClaims full = claims("10.0.0.0/30", "30000-30003");
        full.claimAddress("10.0.0.1", ONE);
        full.claimAddress("10.0.0.2", TWO);
        assertThat(full.claimAnyAddress(service(3))).isEmpty();
        now = now.plus(Duration.ofSeconds(58));
        looks.clear();
        assertThat(full.claimAnyAddress(service(3))).isEmpty();
        assertThat(looks).contains("services");
        looks.clear();

        now = now.plus(Duration.ofSeconds(1));
        assertThat(full.claimAnyAddress(service(3))).isEmpty();
        assertThat(looks).doesNotContain("services");

        now = now.plus(Duration.ofSeconds(2));
        assertThat(full.claimAnyAddress(service(3)))
                .as("now both are abandoned")
                .isPresent();
    }

    @Test
    void anAddressThatSomebodyElseMadeIsNeverTakenOver() {
        var object = Json.object().put("apiVersion", "networking.k8s.io/v1").put("kind", "IPAddress");
        object.putObject("metadata").put("name", "10.96.0.9").put("creationTimestamp", "2020-01-01T00:00:00Z");
        store.create(
                        ResourceRegistry.builtIn().require("networking.k8s.io", "v1", "ipaddresses"),
                        ObjectKey.clusterScoped("10.96.0.9"),
                        object)
                .join();

        assertThat(claims.claimAddress("10.96.0.9", ONE)).isEmpty();
    }

    @Test
    void leavesTheLowerPartToThoseWhoChoose() {
        for (int i = 0; i < 50; i++) {
            assertThat(Integer.parseInt(
                            claims.claimAnyPort(service(i)).orElseThrow().name()))
                    .isGreaterThanOrEqualTo(30086);
        }
    }

    @Test
    void aClaimThatNoServiceUsesIsTakenOverAfterAMinute() {
        claims.claimAddress("10.96.0.9", ONE);
        now = now.plus(Duration.ofSeconds(30));
        assertThat(claims.claimAddress("10.96.0.9", TWO))
                .as("its commit may still come")
                .isEmpty();

        now = now.plus(Duration.ofSeconds(31));
        assertThat(claims.claimAddress("10.96.0.9", TWO)).isPresent();
    }

    @Test
    void aClaimInUseIsNeverTakenOver() {
        claims.claimAddress("10.96.0.9", ONE);
        store(ONE.key(), "10.96.0.9");
        now = now.plus(Duration.ofDays(1));

        assertThat(claims.claimAddress("10.96.0.9", TWO)).isEmpty();
    }
}
