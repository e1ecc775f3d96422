package io.kybern.dns.core;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.dns.core.ServiceAddresses.Backend;
import io.kybern.dns.core.ServiceAddresses.NamedPort;
import io.kybern.dns.wire.RecordData;
import io.kybern.dns.wire.ResourceRecord;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The names below {@code svc}: Services, their ports and their endpoints. */
final class ServiceNames {

    private static final int WHOLE_WEIGHT = 100;

    private final String domain;
    private final ServiceCatalog catalog;
    private final int ttlSeconds;

    ServiceNames(String domain, ServiceCatalog catalog, int ttlSeconds) {
        this.domain = domain;
        this.catalog = catalog;
        this.ttlSeconds = ttlSeconds;
    }

    /** The alias that a Service of type ExternalName is. */
    Optional<ResourceRecord> alias(String name, List<String> labels) {
        if (labels.size() != 3 || !labels.getFirst().equals("svc")) {
            return Optional.empty();
        }
        return catalog.service(ClusterZone.key(labels))
                .filter(ServiceAddresses::isExternalName)
                .map(service -> service.getSpec().getExternalName())
                .map(target -> target.endsWith(".") ? target.substring(0, target.length() - 1) : target)
                .map(target -> record(name, new RecordData.Alias(target.toLowerCase(Locale.ROOT))));
    }

    /** The records of a name; empty if it does not exist, an empty list if there is something below it only. */
    Optional<List<ResourceRecord>> records(String name, List<String> labels) {
        if (labels.size() == 1) {
            return Optional.of(List.of());
        }
        if (labels.size() == 2) {
            return catalog.hasNamespace(labels.get(1)) ? Optional.of(List.of()) : Optional.empty();
        }
        Optional<Service> found = catalog.service(ClusterZone.key(labels))
                .filter(each -> each.getSpec() != null && !ServiceAddresses.isExternalName(each));
        if (found.isEmpty() || labels.size() > 5) {
            return Optional.empty();
        }
        Service service = found.get();
        return switch (labels.size()) {
            case 3 -> existing(serviceRecords(name, service));
            case 4 ->
                labels.get(3).startsWith("_")
                        ? protocol(service, labels.get(3))
                        : existing(endpointRecords(name, service, labels.get(3)));
            default -> existing(portRecords(name, service, labels.get(4), labels.get(3)));
        };
    }

    /** The names of an address: of the Service whose cluster IP it is, else of endpoints of headless Services. */
    Set<String> namesOf(InetAddress address) {
        String literal = address.getHostAddress();
        Optional<Service> service = catalog.byClusterIp(literal);
        if (service.isPresent()) {
            return Set.of(nameOf(service.get()));
        }
        Set<String> names = new LinkedHashSet<>();
        for (EndpointSlice slice : catalog.slicesWith(literal)) {
            Optional<Service> owner = catalog.serviceOf(slice).filter(ServiceAddresses::isHeadless);
            if (owner.isPresent()) {
                ServiceAddresses.backends(owner.get(), List.of(slice)).stream()
                        .filter(backend -> backend.address().equals(address))
                        .forEach(backend -> names.add(backend.label() + "." + nameOf(owner.get())));
            }
        }
        return names;
    }

    private static Optional<List<ResourceRecord>> existing(List<ResourceRecord> records) {
        return records.isEmpty() ? Optional.empty() : Optional.of(records);
    }

    private List<ResourceRecord> serviceRecords(String name, Service service) {
        Set<ResourceRecord> records = new LinkedHashSet<>();
        if (ServiceAddresses.isHeadless(service)) {
            backends(service).forEach(each -> records.add(record(name, new RecordData.Address(each.address()))));
        } else {
            ServiceAddresses.clusterIps(service).stream()
                    .flatMap(literal -> ServiceAddresses.address(literal).stream())
                    .forEach(address -> records.add(record(name, new RecordData.Address(address))));
        }
        records.addAll(locations(name, service, port -> true));
        return List.copyOf(records);
    }

    private List<ResourceRecord> endpointRecords(String name, Service service, String label) {
        return backends(service).stream()
                .filter(backend -> backend.isCalled(label))
                .map(backend -> record(name, new RecordData.Address(backend.address())))
                .distinct()
                .toList();
    }

    /** A name such as {@code _tcp} has no records, but ports below it. */
    private static Optional<List<ResourceRecord>> protocol(Service service, String protocol) {
        boolean used = ServiceAddresses.ports(service).stream()
                .anyMatch(port -> !port.name().isEmpty() && protocol.equals("_" + port.protocol()));
        return used ? Optional.of(List.of()) : Optional.empty();
    }

    private List<ResourceRecord> portRecords(String name, Service service, String port, String protocol) {
        return locations(
                name,
                service,
                each -> !each.name().isEmpty()
                        && port.equals("_" + each.name().toLowerCase(Locale.ROOT))
                        && protocol.equals("_" + each.protocol()));
    }

    private List<ResourceRecord> locations(String name, Service service, Predicate<NamedPort> wanted) {
        record Location(int port, String target) {}
        Set<Location> locations = new LinkedHashSet<>();
        String serviceName = nameOf(service);
        if (ServiceAddresses.isHeadless(service)) {
            for (Backend backend : backends(service)) {
                backend.ports().stream()
                        .filter(wanted)
                        .forEach(port ->
                                locations.add(new Location(port.number(), backend.label() + "." + serviceName)));
            }
        } else if (!ServiceAddresses.clusterIps(service).isEmpty()) {
            ServiceAddresses.ports(service).stream()
                    .filter(wanted)
                    .forEach(port -> locations.add(new Location(port.number(), serviceName)));
        }
        int weight = Math.max(1, WHOLE_WEIGHT / Math.max(1, locations.size()));
        List<ResourceRecord> records = new ArrayList<>();
        locations.forEach(
                each -> records.add(record(name, new RecordData.ServiceLocation(weight, each.port(), each.target()))));
        return records;
    }

    private Collection<Backend> backends(Service service) {
        return ServiceAddresses.backends(service, catalog.slicesOf(ObjectKeys.of(service)));
    }

    private String nameOf(Service service) {
        return service.getMetadata().getName() + "." + service.getMetadata().getNamespace() + ".svc." + domain;
    }

    private ResourceRecord record(String name, RecordData data) {
        return new ResourceRecord(name, ttlSeconds, data);
    }
}
