package io.kybern.dns.core;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Finds Services and their EndpointSlices in the caches by what questions name; every look-up is by key or by index. */
public final class ServiceCatalog {

    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String BY_CLUSTER_IP = "cluster-ip";
    private static final String BY_SERVICE = "service";
    private static final String BY_ADDRESS = "address";

    private final Informer<Namespace> namespaces;
    private final Informer<Service> services;
    private final Informer<EndpointSlice> slices;

    /** Adds its indexes, so the informers must not have started. */
    public ServiceCatalog(Informer<Namespace> namespaces, Informer<Service> services, Informer<EndpointSlice> slices) {
        this.namespaces = namespaces;
        this.services = services.addIndex(BY_CLUSTER_IP, ServiceCatalog::clusterIps);
        this.slices = slices.addIndex(BY_SERVICE, ServiceCatalog::serviceKeys)
                .addIndex(BY_ADDRESS, ServiceCatalog::addresses);
    }

    /** Whether answers can be given: before, a name that is not found may well exist. */
    public boolean hasSynced() {
        return namespaces.hasSynced() && services.hasSynced() && slices.hasSynced();
    }

    boolean hasNamespace(String name) {
        return namespaces.get(new ObjectKey("", name)).isPresent();
    }

    Optional<Service> service(ObjectKey key) {
        return services.get(key);
    }

    Optional<Service> serviceOf(EndpointSlice slice) {
        return serviceKey(slice).flatMap(services::get);
    }

    Collection<EndpointSlice> slicesOf(ObjectKey service) {
        return slices.byIndex(BY_SERVICE, service.toString());
    }

    Optional<Service> byClusterIp(String address) {
        return services.byIndex(BY_CLUSTER_IP, address).stream().findFirst();
    }

    Collection<EndpointSlice> slicesWith(String address) {
        return slices.byIndex(BY_ADDRESS, address);
    }

    private static Collection<String> clusterIps(Service service) {
        return service.getSpec() == null ? List.of() : ServiceAddresses.clusterIps(service);
    }

    private static Optional<ObjectKey> serviceKey(EndpointSlice slice) {
        return Optional.ofNullable(Owners.labels(slice).get(SERVICE_NAME))
                .map(name -> new ObjectKey(slice.getMetadata().getNamespace(), name));
    }

    private static Collection<String> serviceKeys(EndpointSlice slice) {
        return serviceKey(slice).map(key -> List.of(key.toString())).orElse(List.of());
    }

    private static Collection<String> addresses(EndpointSlice slice) {
        return slice.getEndpoints() == null
                ? List.of()
                : slice.getEndpoints().stream()
                        .flatMap(endpoint -> endpoint.getAddresses().stream())
                        .distinct()
                        .toList();
    }
}
