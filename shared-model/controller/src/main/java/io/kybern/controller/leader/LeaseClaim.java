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
    /** The lease as this replica wrote it last, which spares a look as long as nobody else writes it. */
    private @Nullable Lease held;

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
        Lease known = held;
        if (known != null && prolong(known, now)) {
            return true;
        }
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
        return write(() -> leases.update(next(lease, spec, mine, now)).object());
    }

    /** Writes what was written last with a new time; if somebody else has written or removed it since, one must look first. */
    private boolean prolong(Lease known, Instant now) {
        try {
            return write(
                    () -> leases.update(next(known, known.getSpec(), true, now)).object());
        } catch (ApiFailure failure) {
            held = null;
            if (failure.isNotFound()) {
                return false;
            }
            throw failure;
        }
    }

    private Lease next(Lease lease, LeaseSpec spec, boolean mine, Instant now) {
        return new LeaseBuilder(lease)
                .withNewSpecLike(spec)
                .withHolderIdentity(identity)
                .withLeaseDurationSeconds((int) leaseDuration.toSeconds())
                .withAcquireTime(mine ? spec.getAcquireTime() : at(now))
                .withRenewTime(at(now))
                .withLeaseTransitions(transitions(spec) + (mine ? 0 : 1))
                .endSpec()
                .build();
    }

    /** Gives the lease back, so that another replica need not wait until it runs out. */
    void release() {
        Instant now = clock.instant();
        held = null;
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
            Lease written = write.run();
            observed = written.getSpec();
            observedAt = clock.instant();
            held = identity.equals(written.getSpec().getHolderIdentity()) ? written : null;
            return true;
        } catch (ApiFailure failure) {
            held = null;
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
