package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointAddressBuilder;
import io.fabric8.kubernetes.api.model.EndpointPort;
import io.fabric8.kubernetes.api.model.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.EndpointSubsetBuilder;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.kybern.controller.model.Owners;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Endpoints object of a Service: addresses that serve the same ports share a subset. At most a thousand addresses; what is
 * left out is said in an annotation. Pods that are ending are not in it, unless the Service publishes them whatever their state.
 */
final class EndpointsPlanner {

    private static final int MAX_ADDRESSES = 1000;
    private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
    private static final String TRUNCATED = "truncated";
    static final String MANAGED_BY = "endpoints.kubernetes.io/managed-by";

    private EndpointsPlanner() {}

    /** The object as it should be, on top of the present one if there is one. */
    static Endpoints plan(Service service, List<PodEndpoint> endpoints, @Nullable Endpoints present) {
        List<PodEndpoint> usable = endpoints.stream()
                .filter(endpoint -> !endpoint.terminating() || endpoint.ready())
                .sorted(Comparator.comparing(PodEndpoint::ready).reversed())
                .toList();
        boolean truncated = usable.size() > MAX_ADDRESSES;
        List<EndpointSubset> subsets = subsets(truncated ? usable.subList(0, MAX_ADDRESSES) : usable);
        Map<String, String> annotations =
                present == null ? new HashMap<>() : new HashMap<>(Owners.annotations(present));
        if (truncated) {
            annotations.put(OVER_CAPACITY, TRUNCATED);
        } else {
            annotations.remove(OVER_CAPACITY);
        }
        Map<String, String> labels = new HashMap<>(Owners.labels(service));
        labels.put(MANAGED_BY, "endpoint-controller");
        if ("None".equals(service.getSpec().getClusterIP())) {
            labels.put(SliceTemplate.HEADLESS, "");
        }
        Endpoints base = present == null
                ? new EndpointsBuilder()
                        .withNewMetadata()
                        .withNamespace(service.getMetadata().getNamespace())
                        .withName(service.getMetadata().getName())
                        .endMetadata()
                        .build()
                : present;
        return new EndpointsBuilder(base)
                .editMetadata()
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .withSubsets(subsets)
                .build();
    }

    private static List<EndpointSubset> subsets(List<PodEndpoint> endpoints) {
        Map<List<EndpointPort>, List<PodEndpoint>> byPorts = new LinkedHashMap<>();
        for (PodEndpoint endpoint : endpoints) {
            byPorts.computeIfAbsent(ports(endpoint), ports -> new ArrayList<>()).add(endpoint);
        }
        List<EndpointSubset> subsets = new ArrayList<>();
        byPorts.forEach((ports, group) -> subsets.add(new EndpointSubsetBuilder()
                .withPorts(ports)
                .withAddresses(addresses(group, true))
                .withNotReadyAddresses(addresses(group, false))
                .build()));
        subsets.sort(Comparator.comparing(subset -> subset.getPorts().toString()));
        return subsets;
    }

    private static List<EndpointPort> ports(PodEndpoint endpoint) {
        return endpoint.ports().stream()
                .sorted(Comparator.comparing(PodEndpoint.Port::name))
                .map(port -> new EndpointPortBuilder()
                        .withName(port.name().isEmpty() ? null : port.name())
                        .withPort(port.port())
                        .withProtocol(port.protocol())
                        .withAppProtocol(port.appProtocol())
                        .build())
                .toList();
    }

    private static List<EndpointAddress> addresses(List<PodEndpoint> endpoints, boolean ready) {
        return endpoints.stream()
                .filter(endpoint -> endpoint.ready() == ready)
                .sorted(Comparator.comparing(PodEndpoint::ip))
                .map(EndpointsPlanner::address)
                .toList();
    }

    private static EndpointAddress address(PodEndpoint endpoint) {
        return new EndpointAddressBuilder()
                .withIp(endpoint.ip())
                .withHostname(endpoint.hostname())
                .withNodeName(endpoint.pod().getSpec().getNodeName())
                .withTargetRef(endpoint.reference())
                .build();
    }
}
