package io.kybern.lifecycle.core.ranges;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDRBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.Written;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says that a range of cluster IPs is ready, and lets it go when no Service's address would be left without a range. See "ServiceCIDR
 * objects" in the Kubernetes documentation.
 */
public final class ServiceCidrReconciler implements Reconciler {

    static final String FINALIZER = "networking.k8s.io/service-cidr-finalizer";
    private static final String MANAGED_BY = "ipaddress.kubernetes.io/managed-by";
    private static final String ALLOCATOR = "ipallocator.k8s.io";
    private static final String READY = "Ready";

    /** As long as in Kubernetes: until then every API server has seen that no more addresses are to be taken from the range. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final Informer<ServiceCIDR> ranges;
    private final Informer<? extends HasMetadata> addresses;
    private final ObjectApi<ServiceCIDR> api;
    private final WriteFence fence;
    private final Clock clock;

    public ServiceCidrReconciler(
            Informer<ServiceCIDR> ranges,
            Informer<? extends HasMetadata> addresses,
            ObjectApi<ServiceCIDR> api,
            WriteFence fence,
            Clock clock) {
        this.ranges = ranges;
        this.addresses = addresses;
        this.api = api;
        this.fence = fence;
        this.clock = clock;
    }

    /** The ranges that wait to go, for which a change of another range or of an address may be what they wait for. */
    public Collection<ObjectKey> leaving() {
        return ranges.list().stream()
                .filter(Owners::isTerminating)
                .map(ObjectKeys::of)
                .toList();
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<ServiceCIDR> found = ranges.get(key);
        if (found.isEmpty()) {
            fence.forget(key);
            return Outcome.done();
        }
        ServiceCIDR range = found.get();
        boolean held = requireNonNullElse(range.getMetadata().getFinalizers(), List.of())
                .contains(FINALIZER);
        try {
            if (Owners.isTerminating(range)) {
                return held ? leave(range) : Outcome.done();
            }
            if (held) {
                say(range, "True", "", "Kubernetes Service CIDR is ready");
            } else {
                // the status is said when this write is seen
                wrote(
                        range,
                        api.update(new ServiceCIDRBuilder(range)
                                .editMetadata()
                                .addToFinalizers(FINALIZER)
                                .endMetadata()
                                .build()));
            }
        } catch (ApiFailure failure) {
            if (!failure.isNotFound()) {
                throw failure;
            }
        }
        return Outcome.done();
    }

    private Outcome leave(ServiceCIDR range) {
        if (isNeeded(range)) {
            say(
                    range,
                    "False",
                    "Terminating",
                    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new"
                            + " ServiceCIDR");
            return Outcome.done();
        }
        Instant end = Instant.parse(range.getMetadata().getDeletionTimestamp()).plus(GRACE);
        Instant now = clock.instant();
        if (end.isAfter(now)) {
            return Outcome.again(Duration.between(now, end), "a server may still take an address from the range");
        }
        wrote(
                range,
                api.update(new ServiceCIDRBuilder(range)
                        .editMetadata()
                        .removeFromFinalizers(FINALIZER)
                        .endMetadata()
                        .build()));
        return Outcome.done();
    }

    /** Whether a Service has an address that, of the ranges that stay, only this one has. */
    private boolean isNeeded(ServiceCIDR range) {
        List<AddressPrefix> own = prefixes(range);
        List<AddressPrefix> others = new ArrayList<>();
        for (ServiceCIDR other : ranges.list()) {
            boolean itself =
                    other.getMetadata().getName().equals(range.getMetadata().getName());
            if (!itself && !Owners.isTerminating(other)) {
                others.addAll(prefixes(other));
            }
        }
        return addresses.list().stream()
                .filter(ServiceCidrReconciler::isAllocated)
                .flatMap(address -> AddressPrefix.parse(address.getMetadata().getName()).stream())
                .anyMatch(address -> own.stream().anyMatch(prefix -> prefix.contains(address))
                        && others.stream().noneMatch(prefix -> prefix.contains(address)));
    }

    private static boolean isAllocated(HasMetadata address) {
        Map<String, String> labels = requireNonNullElse(address.getMetadata().getLabels(), Map.of());
        return ALLOCATOR.equals(labels.get(MANAGED_BY));
    }

    private static List<AddressPrefix> prefixes(ServiceCIDR range) {
        return range.getSpec().getCidrs().stream()
                .flatMap(cidr -> AddressPrefix.parse(cidr).stream())
                .toList();
    }

    private void say(ServiceCIDR range, String status, String reason, String message) {
        List<Condition> conditions = new ArrayList<>();
        String since = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        for (Condition each : range.getStatus() == null
                ? List.<Condition>of()
                : range.getStatus().getConditions()) {
            if (!READY.equals(each.getType())) {
                conditions.add(each);
            } else if (status.equals(each.getStatus())) {
                if (message.equals(each.getMessage())) {
                    return;
                }
                since = each.getLastTransitionTime();
            }
        }
        conditions.add(new ConditionBuilder()
                .withType(READY)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withLastTransitionTime(since)
                .build());
        wrote(
                range,
                api.updateStatus(new ServiceCIDRBuilder(range)
                        .withNewStatus()
                        .withConditions(conditions)
                        .endStatus()
                        .build()));
    }

    private void wrote(ServiceCIDR range, Written<ServiceCIDR> written) {
        fence.wrote(ObjectKeys.of(range), ranges, written.revision());
    }
}
