package io.kybern.controller.leader;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One replica's attempts to have and to keep a Lease. It trusts no other clock: a foreign lease counts from the moment at
 * which this replica saw it change. Not safe for use by several threads.
 *
 * <p>Follows "Leases: leader election" of the Kubernetes documentation.
 */
final class LeaseClaim {

    private final ObjectApi<Lease> leases;
    private final ObjectKey key;
    private final String identity;
    private final Duration leaseDuration;
    private final Clock clock;

    private @Nullable LeaseSpec observed;
    private Instant observedAt = Instant.EPOCH;

    LeaseClaim(ObjectApi<Lease> leases, ObjectKey key, String identity, Duration leaseDuration, Clock clock) {
        this.leases = leases;
        this.key = key;
        this.identity = identity;
        this.leaseDuration = leaseDuration;
        this.clock = clock;
    }

    /**
     * Takes the lease if it is free, or prolongs it.
     *
     * @return whether this replica has the lease now
     * @throws ApiFailure if that could not be found out
     */
    boolean acquireOrRenew() {
        Instant now = clock.instant();
        Optional<Lease> found = leases.get(key);
        if (found.isEmpty()) {
            return write(() -> leases.create(fresh(now)).object());
        }
        Lease lease = found.get();
        LeaseSpec spec = lease.getSpec() == null ? new LeaseSpec() : lease.getSpec();
        if (!spec.equals(observed)) {
            observed = spec;
            observedAt = now;
        }
        String holder = spec.getHolderIdentity();
        boolean mine = identity.equals(holder);
        if (!mine && holder != null && !holder.isEmpty() && now.isBefore(observedAt.plus(validity(spec)))) {
            return false;
        }
        Lease next = new LeaseBuilder(lease)
                .withNewSpecLike(spec)
                .withHolderIdentity(identity)
                .withLeaseDurationSeconds((int) leaseDuration.toSeconds())
                .withAcquireTime(mine ? spec.getAcquireTime() : at(now))
                .withRenewTime(at(now))
                .withLeaseTransitions(transitions(spec) + (mine ? 0 : 1))
                .endSpec()
                .build();
        return write(() -> leases.update(next).object());
    }

    /** Gives the lease back, so that another replica need not wait until it runs out. */
    void release() {
        Instant now = clock.instant();
        leases.get(key)
                .filter(lease -> lease.getSpec() != null
                        && identity.equals(lease.getSpec().getHolderIdentity()))
                .ifPresent(lease -> write(() -> leases.update(new LeaseBuilder(lease)
                                .editSpec()
                                .withHolderIdentity("")
                                .withLeaseDurationSeconds(1)
                                .withAcquireTime(at(now))
                                .withRenewTime(at(now))
                                .endSpec()
                                .build())
                        .object()));
    }

    private interface Write {
        Lease run();
    }

    private boolean write(Write write) {
        try {
            observed = write.run().getSpec();
            observedAt = clock.instant();
            return true;
        } catch (ApiFailure failure) {
            if (failure.isConflict()) {
                return false;
            }
            throw failure;
        }
    }

    private Lease fresh(Instant now) {
        return new LeaseBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withNamespace(key.namespace())
                        .withName(key.name())
                        .build())
                .withNewSpec()
                .withHolderIdentity(identity)
                .withLeaseDurationSeconds((int) leaseDuration.toSeconds())
                .withAcquireTime(at(now))
                .withRenewTime(at(now))
                .withLeaseTransitions(0)
                .endSpec()
                .build();
    }

    private Duration validity(LeaseSpec spec) {
        return spec.getLeaseDurationSeconds() == null
                ? leaseDuration
                : Duration.ofSeconds(spec.getLeaseDurationSeconds());
    }

    private static int transitions(LeaseSpec spec) {
        return Objects.requireNonNullElse(spec.getLeaseTransitions(), 0);
    }

    private static ZonedDateTime at(Instant now) {
        // the type MicroTime of the API has six digits
        return now.truncatedTo(java.time.temporal.ChronoUnit.MICROS).atZone(ZoneOffset.UTC);
    }
}
