package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Copies Endpoints that somebody keeps for a Service without a selector into EndpointSlices, so that those who read slices only, the
 * nodes' proxies among them, see them; see "EndpointSlice mirroring" in the Kubernetes documentation.
 */
public final class MirroringReconciler implements Reconciler {

    private static final String MANAGER = "endpointslicemirroring-controller.k8s.io";
    private static final String SKIP = "endpointslice.kubernetes.io/skip-mirror";
    private static final String LEADER = "control-plane.alpha.kubernetes.io/leader";
    /** More addresses of one subset are not mirrored, as in Kubernetes. */
    private static final int MAX_ADDRESSES = 1000;

    private final Informer<Service> services;
    private final Informer<Endpoints> endpoints;
    private final OwnSlices slices;
    private final WriteFence fence;

    /** @param fence where own writes are noted */
    public MirroringReconciler(
            Informer<Service> services,
            Informer<Endpoints> endpoints,
            Informer<EndpointSlice> slices,
            ObjectApi<EndpointSlice> api,
            WriteFence fence) {
        this.services = services;
        this.endpoints = endpoints;
        this.slices = new OwnSlices(MANAGER, slices, api, fence);
        this.fence = fence;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        List<EndpointSlice> present = slices.of(key);
        Optional<Endpoints> mirrored = endpoints.get(key).filter(this::isMirrored);
        if (mirrored.isEmpty()) {
            List<SlicePlanner.Action> removal = new ArrayList<>();
            present.forEach(slice -> removal.add(new SlicePlanner.Action.Delete(slice)));
            slices.carryOut(key, removal);
            if (services.get(key).isEmpty()) {
                fence.forget(key);
            }
            return Outcome.done();
        }
        SliceTemplate template = SliceTemplate.of(mirrored.get(), "Endpoints", Owners.labels(mirrored.get()), MANAGER);
        slices.carryOut(key, SlicePlanner.plan(template, wanted(mirrored.get()), present));
        return Outcome.done();
    }

    private boolean isMirrored(Endpoints custom) {
        ObjectKey key = new ObjectKey(
                custom.getMetadata().getNamespace(), custom.getMetadata().getName());
        return !Owners.isTerminating(custom)
                && !"true".equals(Owners.labels(custom).get(SKIP))
                && !Owners.annotations(custom).containsKey(LEADER)
                && services.get(key)
                        .filter(service -> !ServicePods.selects(service) && !Owners.isTerminating(service))
                        .isPresent();
    }

    private static Map<List<EndpointPort>, List<Endpoint>> wanted(Endpoints custom) {
        Map<List<EndpointPort>, List<Endpoint>> wanted = new LinkedHashMap<>();
        for (EndpointSubset subset : list(custom.getSubsets())) {
            List<Endpoint> addresses = Stream.concat(
                            list(subset.getAddresses()).stream().map(address -> endpoint(address, true)),
                            list(subset.getNotReadyAddresses()).stream().map(address -> endpoint(address, false)))
                    .filter(endpoint -> isIpv4(endpoint.getAddresses().getFirst()))
                    .limit(MAX_ADDRESSES)
                    .toList();
            if (!addresses.isEmpty()) {
                wanted.computeIfAbsent(ports(subset), ports -> new ArrayList<>())
                        .addAll(addresses);
            }
        }
        return wanted;
    }

    private static boolean isIpv4(String address) {
        return address.indexOf(':') < 0;
    }

    private static <T> List<T> list(List<T> list) {
        return Objects.requireNonNullElse(list, List.of());
    }

    private static List<EndpointPort> ports(EndpointSubset subset) {
        return list(subset.getPorts()).stream()
                .map(port -> new EndpointPortBuilder()
                        .withName(Objects.requireNonNullElse(port.getName(), ""))
                        .withPort(port.getPort())
                        .withProtocol(Objects.requireNonNullElse(port.getProtocol(), "TCP"))
                        .withAppProtocol(port.getAppProtocol())
                        .build())
                .toList();
    }

    private static Endpoint endpoint(EndpointAddress address, boolean ready) {
        return new EndpointBuilder()
                .withAddresses(address.getIp())
                .withNewConditions()
                .withReady(ready)
                .endConditions()
                .withHostname(address.getHostname())
                .withNodeName(address.getNodeName())
                .withTargetRef(address.getTargetRef())
                .build();
    }
}
