package io.kybern.node.proxy;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Joins Services with their EndpointSlices. Endpoints that are ready are used; if none is, those that still serve while they
 * terminate are (KEP-1669). Services without a cluster IP and those that are only a name have no ports here.
 */
final class ServicePorts {

    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String FOREIGN_PROXY = "service.kubernetes.io/service-proxy-name";
    private static final int DEFAULT_AFFINITY_SECONDS = 10800;

    private ServicePorts() {}

    /**
     * Every port that the node must serve, sorted by namespace, name and port name.
     *
     * @param nodeName the node on which an endpoint counts as local
     */
    static List<ServicePort> join(Collection<Service> services, Collection<EndpointSlice> slices, String nodeName) {
        Map<String, List<EndpointSlice>> byService = new HashMap<>();
        for (EndpointSlice slice : slices) {
            String service = labels(slice.getMetadata().getLabels()).get(SERVICE_NAME);
            if (service != null && "IPv4".equals(slice.getAddressType())) {
                byService
                        .computeIfAbsent(slice.getMetadata().getNamespace() + "/" + service, key -> new ArrayList<>())
                        .add(slice);
            }
        }
        List<ServicePort> ports = new ArrayList<>();
        for (Service service : services) {
            if (isProxied(service)) {
                String key = service.getMetadata().getNamespace() + "/"
                        + service.getMetadata().getName();
                addPorts(ports, service, byService.getOrDefault(key, List.of()), nodeName);
            }
        }
        ports.sort(Comparator.comparing(ServicePort::display).thenComparing(ServicePort::protocol));
        return ports;
    }

    private static boolean isProxied(Service service) {
        String ip = service.getSpec().getClusterIP();
        return ip != null
                && !ip.isEmpty()
                && !ip.equals("None")
                && !"ExternalName".equals(service.getSpec().getType())
                && !labels(service.getMetadata().getLabels()).containsKey(FOREIGN_PROXY);
    }

    private static void addPorts(
            List<ServicePort> ports, Service service, List<EndpointSlice> slices, String nodeName) {
        boolean external = !"ClusterIP".equals(service.getSpec().getType());
        ServicePort.Traffic traffic = new ServicePort.Traffic(
                "Local".equals(service.getSpec().getInternalTrafficPolicy()),
                "Local".equals(service.getSpec().getExternalTrafficPolicy()));
        for (io.fabric8.kubernetes.api.model.ServicePort port :
                service.getSpec().getPorts()) {
            String portName = Objects.requireNonNullElse(port.getName(), "");
            ports.add(new ServicePort(
                    service.getMetadata().getNamespace(),
                    service.getMetadata().getName(),
                    portName,
                    Objects.requireNonNullElse(port.getProtocol(), "TCP"),
                    service.getSpec().getClusterIP(),
                    port.getPort(),
                    external ? Objects.requireNonNullElse(port.getNodePort(), 0) : 0,
                    Objects.requireNonNullElse(service.getSpec().getExternalIPs(), List.of()),
                    traffic,
                    affinitySeconds(service),
                    endpoints(slices, portName, nodeName)));
        }
    }

    private static int affinitySeconds(Service service) {
        if (!"ClientIP".equals(service.getSpec().getSessionAffinity())) {
            return 0;
        }
        var config = service.getSpec().getSessionAffinityConfig();
        Integer seconds = config == null || config.getClientIP() == null
                ? null
                : config.getClientIP().getTimeoutSeconds();
        return Objects.requireNonNullElse(seconds, DEFAULT_AFFINITY_SECONDS);
    }

    private static List<ServicePort.Endpoint> endpoints(List<EndpointSlice> slices, String portName, String nodeName) {
        SortedSet<ServicePort.Endpoint> ready = new TreeSet<>();
        SortedSet<ServicePort.Endpoint> stillServing = new TreeSet<>();
        for (EndpointSlice slice : slices) {
            Integer number = portNumber(slice, portName);
            if (number != null) {
                for (Endpoint endpoint : slice.getEndpoints()) {
                    add(endpoint, number, nodeName, ready, stillServing);
                }
            }
        }
        return List.copyOf(ready.isEmpty() ? stillServing : ready);
    }

    private static @Nullable Integer portNumber(EndpointSlice slice, String portName) {
        for (EndpointPort port : slice.getPorts()) {
            if (Objects.requireNonNullElse(port.getName(), "").equals(portName)) {
                return port.getPort();
            }
        }
        return null;
    }

    private static void add(
            Endpoint endpoint,
            int port,
            String nodeName,
            SortedSet<ServicePort.Endpoint> ready,
            SortedSet<ServicePort.Endpoint> stillServing) {
        if (endpoint.getAddresses().isEmpty()) {
            return;
        }
        ServicePort.Endpoint each = new ServicePort.Endpoint(
                endpoint.getAddresses().getFirst(), port, nodeName.equals(endpoint.getNodeName()));
        EndpointConditions conditions = endpoint.getConditions();
        if (conditions == null || conditions.getReady() == null || conditions.getReady()) {
            ready.add(each);
        } else if (Boolean.TRUE.equals(conditions.getServing()) && Boolean.TRUE.equals(conditions.getTerminating())) {
            stillServing.add(each);
        }
    }

    private static Map<String, String> labels(@Nullable Map<String, String> labels) {
        return Objects.requireNonNullElse(labels, Map.of());
    }
}
