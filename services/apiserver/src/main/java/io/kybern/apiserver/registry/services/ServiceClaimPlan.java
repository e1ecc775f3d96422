package io.kybern.apiserver.registry.services;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.ClaimPlan;
import io.kybern.apiserver.registry.services.ServiceClaims.Claim;
import io.kybern.apiserver.registry.services.ServiceClaims.Claimant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Claims what a Service needs and did not have before, and puts what the server chooses into the Service. */
final class ServiceClaimPlan implements ClaimPlan {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final GroupVersionKind SERVICE = new GroupVersionKind("", "v1", "Service");

    private final ServiceClaims claims;
    private final ObjectNode service;
    private final Claimant claimant;
    private final Set<String> oldAddresses;
    private final Set<Long> oldPorts;
    private final List<Claim> fresh = new ArrayList<>();

    ServiceClaimPlan(ServiceClaims claims, ObjectNode service, @Nullable ObjectNode old) {
        this.claims = claims;
        this.service = service;
        this.claimant = Claimant.of(service);
        this.oldAddresses = old == null ? Set.of() : addresses(old);
        this.oldPorts = old == null ? Set.of() : ports(old);
    }

    private static boolean needsAddress(JsonNode service) {
        return !service.path("spec").path("type").asString("").equals("ExternalName")
                && !service.path("spec").path("clusterIP").asString("").equals("None");
    }

    private static boolean needsPorts(JsonNode service) {
        String type = service.path("spec").path("type").asString("");
        return type.equals("NodePort")
                || type.equals("LoadBalancer")
                        && service.path("spec")
                                .path("allocateLoadBalancerNodePorts")
                                .asBoolean(true);
    }

    private static Set<String> addresses(JsonNode service) {
        String address = service.path("spec").path("clusterIP").asString("");
        return address.isEmpty() || address.equals("None") ? Set.of() : Set.of(address);
    }

    private static Set<Long> ports(JsonNode service) {
        Set<Long> ports = new HashSet<>();
        for (JsonNode port : service.path("spec").path("ports")) {
            ports.add(port.path("nodePort").asLong(0));
        }
        ports.add(service.path("spec").path("healthCheckNodePort").asLong(0));
        ports.remove(0L);
        return ports;
    }

    @Override
    public void claim() {
        try {
            claimAddress();
            claimPorts();
        } catch (RuntimeException e) {
            abandon();
            throw e;
        }
    }

    private void claimAddress() {
        if (!needsAddress(service)) {
            return;
        }
        ObjectNode spec = Absent.object(service, "spec");
        String wanted = spec.path("clusterIP").asString("");
        if (oldAddresses.contains(wanted)) {
            return;
        }
        if (!wanted.isEmpty() && !claims.isInRange(wanted)) {
            throw refused(wanted, "the provided network does not match the current range");
        }
        Claim made = wanted.isEmpty()
                ? claims.claimAnyAddress(claimant)
                        .orElseThrow(() -> ApiException.internal("failed to allocate a serviceIP: range is full", null))
                : claims.claimAddress(wanted, claimant)
                        .orElseThrow(() -> refused(wanted, "provided IP is already allocated"));
        fresh.add(made);
        spec.put("clusterIP", made.name());
        spec.putArray("clusterIPs").add(made.name());
    }

    private ApiException refused(String address, String why) {
        return invalid(FieldError.invalid(
                SPEC.child("clusterIPs"),
                Json.array().add(address),
                "failed to allocate IP %s: %s".formatted(address, why)));
    }

    private void claimPorts() {
        if (!needsPorts(service)) {
            return;
        }
        Set<Long> mine = new HashSet<>();
        int index = 0;
        for (JsonNode port : service.path("spec").path("ports")) {
            claimPort((ObjectNode) port, SPEC.child("ports").index(index++).child("nodePort"), mine);
        }
        JsonNode spec = service.path("spec");
        if (spec.path("externalTrafficPolicy").asString("").equals("Local")
                && spec.path("type").asString("").equals("LoadBalancer")
                && spec.path("healthCheckNodePort").asLong(0) == 0) {
            Absent.object(service, "spec").put("healthCheckNodePort", any());
        }
    }

    private void claimPort(ObjectNode port, FieldPath field, Set<Long> mine) {
        long wanted = port.path("nodePort").asLong(0);
        if (wanted == 0) {
            // TCP and UDP of one number share a node port
            long shared = sameNumber(port);
            port.put("nodePort", shared > 0 ? shared : any());
        } else if (!oldPorts.contains(wanted) && mine.add(wanted)) {
            fresh.add(claims.claimPort(wanted, claimant)
                    .orElseThrow(
                            () -> invalid(FieldError.invalid(field, wanted, "provided port is already allocated"))));
        }
        mine.add(port.path("nodePort").asLong(0));
    }

    private long sameNumber(JsonNode port) {
        for (JsonNode other : service.path("spec").path("ports")) {
            if (other != port
                    && other.path("port").equals(port.path("port"))
                    && !other.path("protocol").equals(port.path("protocol"))
                    && other.path("nodePort").asLong(0) > 0) {
                return other.path("nodePort").asLong(0);
            }
        }
        return 0;
    }

    private int any() {
        Claim made = claims.claimAnyPort(claimant)
                .orElseThrow(() -> ApiException.internal("failed to allocate a nodePort: range is full", null));
        fresh.add(made);
        return Integer.parseInt(made.name());
    }

    private ApiException invalid(FieldError error) {
        return ApiException.invalid(SERVICE, claimant.key().name(), List.of(error));
    }

    @Override
    public void settle() {
        Set<String> addresses = new HashSet<>(oldAddresses);
        addresses.removeAll(addresses(service));
        addresses.forEach(address -> claims.releaseAddress(address, claimant));
        Set<Long> ports = new HashSet<>(oldPorts);
        ports.removeAll(ports(service));
        ports.forEach(port -> claims.releasePort(port, claimant));
    }

    @Override
    public void abandon() {
        fresh.forEach(claims::abandon);
        fresh.clear();
    }

    /** Gives back all that a deleted Service had. */
    static ClaimPlan release(ServiceClaims claims, ObjectNode service) {
        ObjectNode nothing = Absent.object(service.deepCopy(), "spec");
        ObjectNode bare = service.deepCopy();
        nothing.removeAll();
        nothing.put("type", "ExternalName");
        bare.set("spec", nothing);
        return new ServiceClaimPlan(claims, bare, service);
    }
}
