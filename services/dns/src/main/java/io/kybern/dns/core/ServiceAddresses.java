package io.kybern.dns.core;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a Service and its EndpointSlices say about addresses and ports. */
final class ServiceAddresses {

    private static final String NONE = "None";

    private ServiceAddresses() {}

    /** A port under its name in DNS; without a name it is found by the service's name only. */
    record NamedPort(String name, String protocol, int number) {
        static NamedPort of(@Nullable String name, @Nullable String protocol, int number) {
            return new NamedPort(
                    name == null ? "" : name, protocol == null ? "tcp" : protocol.toLowerCase(Locale.ROOT), number);
        }
    }

    /**
     * An address behind a service.
     *
     * @param hostname the name that the pod has asked for, empty if none
     */
    record Backend(String hostname, InetAddress address, List<NamedPort> ports) {

        /** Its label below the service's name. */
        String label() {
            return hostname.isEmpty() ? dashed() : hostname;
        }

        boolean isCalled(String label) {
            return label.equals(hostname) || label.equals(dashed());
        }

        private String dashed() {
            return address.getHostAddress().replace('.', '-').replace(':', '-');
        }
    }

    static boolean isExternalName(Service service) {
        return "ExternalName".equals(service.getSpec().getType());
    }

    static boolean isHeadless(Service service) {
        return !isExternalName(service) && NONE.equals(service.getSpec().getClusterIP());
    }

    static Collection<String> clusterIps(Service service) {
        if (isExternalName(service) || isHeadless(service)) {
            return List.of();
        }
        List<String> all = service.getSpec().getClusterIPs();
        if (all != null && !all.isEmpty()) {
            return all;
        }
        String first = service.getSpec().getClusterIP();
        return first == null || first.isEmpty() ? List.of() : List.of(first);
    }

    static List<NamedPort> ports(Service service) {
        return service.getSpec().getPorts() == null
                ? List.of()
                : service.getSpec().getPorts().stream()
                        .map(port -> NamedPort.of(port.getName(), port.getProtocol(), port.getPort()))
                        .toList();
    }

    /** The endpoints that are ready, or all if the Service publishes those that are not. */
    static List<Backend> backends(Service service, Collection<EndpointSlice> slices) {
        boolean all = Boolean.TRUE.equals(service.getSpec().getPublishNotReadyAddresses());
        List<Backend> found = new ArrayList<>();
        for (EndpointSlice slice : slices) {
            if (slice.getEndpoints() == null) {
                continue;
            }
            List<NamedPort> ports = portsOf(slice);
            for (Endpoint endpoint : slice.getEndpoints()) {
                if (all || isReady(endpoint)) {
                    addressOf(endpoint)
                            .ifPresent(address -> found.add(new Backend(hostname(endpoint), address, ports)));
                }
            }
        }
        return found;
    }

    private static String hostname(Endpoint endpoint) {
        return endpoint.getHostname() == null ? "" : endpoint.getHostname();
    }

    private static boolean isReady(Endpoint endpoint) {
        return endpoint.getConditions() == null
                || !Boolean.FALSE.equals(endpoint.getConditions().getReady());
    }

    /** Only the first address counts, as the API says. */
    private static Optional<InetAddress> addressOf(Endpoint endpoint) {
        return endpoint.getAddresses() == null
                ? Optional.empty()
                : endpoint.getAddresses().stream().findFirst().flatMap(ServiceAddresses::address);
    }

    /** A literal address; empty if it is something else, such as the name in a slice of type FQDN. */
    static Optional<InetAddress> address(String literal) {
        try {
            return Optional.of(InetAddress.ofLiteral(literal));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<NamedPort> portsOf(EndpointSlice slice) {
        List<EndpointPort> ports = slice.getPorts();
        return ports == null
                ? List.of()
                : ports.stream()
                        .filter(port -> port.getPort() != null)
                        .map(port -> NamedPort.of(port.getName(), port.getProtocol(), port.getPort()))
                        .toList();
    }
}
