package io.kybern.apiserver.registry.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServiceClaimsTest {

    private static final ObjectKey ONE = new ObjectKey("a", "one");
    private static final ObjectKey TWO = new ObjectKey("a", "two");

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final ObjectStore store = new InMemoryStore().objectStore();
    private final ServiceClaims claims = claims("10.96.0.0/16", "30000-32767");

    private ServiceClaims claims(String addresses, String ports) {
        InstantSource source = () -> now;
        Clock clock = source.withZone(ZoneOffset.UTC);
        return new ServiceClaims(store, ServiceRanges.parse(addresses, ports), clock, new Random(7));
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
        assertThat(claims.claimAddress("10.96.0.9", ONE)).isTrue();
        assertThat(claims.claimAddress("10.96.0.9", TWO)).isFalse();
        assertThat(claims.claimAddress("10.96.0.9", ONE)).as("again").isTrue();
    }

    @Test
    void aReleasedAddressIsFree() {
        claims.claimAddress("10.96.0.9", ONE);
        claims.releaseAddress("10.96.0.9", TWO);
        assertThat(claims.claimAddress("10.96.0.9", TWO))
                .as("not another's to release")
                .isFalse();

        claims.releaseAddress("10.96.0.9", ONE);
        assertThat(claims.claimAddress("10.96.0.9", TWO)).isTrue();
    }

    @Test
    void findsEveryFreeOneOfACrowdedRangeAndThenNone() {
        ServiceClaims few = claims("10.0.0.0/29", "30000-30003");
        Set<String> addresses = new HashSet<>();
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            addresses.add(few.claimAnyAddress(new ObjectKey("a", "s" + i)).orElseThrow());
        }
        for (int i = 0; i < 4; i++) {
            ports.add(few.claimAnyPort(new ObjectKey("a", "s" + i)).orElseThrow());
        }

        assertThat(addresses).hasSize(6).doesNotContain("10.0.0.0", "10.0.0.7");
        assertThat(ports).containsExactlyInAnyOrder(30000, 30001, 30002, 30003);
        assertThat(few.claimAnyAddress(TWO)).isEmpty();
        assertThat(few.claimAnyPort(TWO)).isEmpty();
    }

    @Test
    void leavesTheLowerPartToThoseWhoChoose() {
        for (int i = 0; i < 50; i++) {
            assertThat(claims.claimAnyPort(new ObjectKey("a", "s" + i)).orElseThrow())
                    .isGreaterThanOrEqualTo(30086);
        }
    }

    @Test
    void aClaimThatNoServiceUsesIsTakenOverAfterAMinute() {
        claims.claimAddress("10.96.0.9", ONE);
        now = now.plus(Duration.ofSeconds(30));
        assertThat(claims.claimAddress("10.96.0.9", TWO))
                .as("its commit may still come")
                .isFalse();

        now = now.plus(Duration.ofSeconds(31));
        assertThat(claims.claimAddress("10.96.0.9", TWO)).isTrue();
    }

    @Test
    void aClaimInUseIsNeverTakenOver() {
        claims.claimAddress("10.96.0.9", ONE);
        store(ONE, "10.96.0.9");
        now = now.plus(Duration.ofDays(1));

        assertThat(claims.claimAddress("10.96.0.9", TWO)).isFalse();
    }
}
