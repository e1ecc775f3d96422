package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.kybern.controller.model.Owners;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * Distributes a Service's endpoints over EndpointSlices. Goals: a slice that need not change does not; few slices; at most a
 * hundred endpoints in each. Endpoints whose ports have other numbers are in slices of their own.
 *
 * <p>Algorithm, for each set of ports: keep what is already in a slice and still right, replace what changed, drop what is gone;
 * put new endpoints into slices that change anyway, then into one that has room, then into new ones; delete empty ones. See
 * "EndpointSlices" in the Kubernetes documentation.
 */
final class SlicePlanner {

    private static final int MAX_ENDPOINTS = 100;

    /** What to do with slices. */
    sealed interface Action {

        record Create(EndpointSlice slice) implements Action {}

        record Update(EndpointSlice slice) implements Action {}

        record Delete(EndpointSlice slice) implements Action {}
    }

    private final String manager;

    /** @param manager the value of the label that says whose the slices are */
    SlicePlanner(String manager) {
        this.manager = manager;
    }

    /**
     * The changes that lead from the present slices to the wanted ones; none if they are right.
     *
     * @param endpoints the pods that the Service selects
     * @param present the slices of this Service that this controller manages
     */
    List<Action> plan(Service service, List<PodEndpoint> endpoints, List<EndpointSlice> present) {
        Map<List<EndpointPort>, List<Endpoint>> wanted = new LinkedHashMap<>();
        for (PodEndpoint endpoint : endpoints) {
            wanted.computeIfAbsent(ports(endpoint), ports -> new ArrayList<>()).add(endpoint(endpoint));
        }
        return plan(SliceTemplate.of(service, manager), wanted, present);
    }

    /** The same for endpoints that are given with their ports, in slices after that template. */
    static List<Action> plan(
            SliceTemplate template, Map<List<EndpointPort>, List<Endpoint>> wanted, List<EndpointSlice> present) {
        Map<List<EndpointPort>, List<EndpointSlice>> byPorts = new HashMap<>();
        for (EndpointSlice slice : present) {
            byPorts.computeIfAbsent(slice.getPorts(), ports -> new ArrayList<>())
                    .add(slice);
        }
        List<Action> actions = new ArrayList<>();
        wanted.forEach((ports, endpoints) ->
                planPorts(template, ports, endpoints, byPorts.getOrDefault(ports, List.of()), actions));
        byPorts.forEach((ports, slices) -> {
            if (!wanted.containsKey(ports)) {
                slices.forEach(slice -> actions.add(new Action.Delete(slice)));
            }
        });
        return keepOne(template, actions, present);
    }

    /** A Service without endpoints keeps one empty slice, so that readers see that it has none. */
    private static List<Action> keepOne(SliceTemplate template, List<Action> actions, List<EndpointSlice> present) {
        boolean creates = actions.stream().anyMatch(Action.Create.class::isInstance);
        List<Action> deletes =
                actions.stream().filter(Action.Delete.class::isInstance).toList();
        if (creates || deletes.size() < present.size()) {
            return actions;
        }
        if (present.isEmpty()) {
            return List.of(new Action.Create(slice(template, List.of(), List.of())));
        }
        List<Action> kept = new ArrayList<>(actions);
        kept.removeAll(deletes);
        EndpointSlice empty = present.getFirst();
        for (EndpointSlice other : present) {
            if (other != empty) {
                kept.add(new Action.Delete(other));
            }
        }
        EndpointSlice wanted = with(template, empty, List.of(), List.of());
        if (!wanted.equals(empty)) {
            kept.add(new Action.Update(wanted));
        }
        return kept;
    }

    private static void planPorts(
            SliceTemplate template,
            List<EndpointPort> ports,
            List<Endpoint> wanted,
            List<EndpointSlice> present,
            List<Action> actions) {
        Map<String, Endpoint> missing = new LinkedHashMap<>();
        wanted.forEach(endpoint -> missing.put(identity(endpoint), endpoint));
        Map<EndpointSlice, List<Endpoint>> kept = new LinkedHashMap<>();
        Set<EndpointSlice> changed = new HashSet<>();
        for (EndpointSlice slice : present) {
            List<Endpoint> stays = new ArrayList<>();
            for (Endpoint endpoint : slice.getEndpoints()) {
                Endpoint now = missing.remove(identity(endpoint));
                if (now != null) {
                    stays.add(now);
                }
                if (!endpoint.equals(now)) {
                    changed.add(slice);
                }
            }
            if (!template.labels().equals(Owners.labels(slice))) {
                changed.add(slice);
            }
            kept.put(slice, stays);
        }
        fill(missing, kept, changed::contains, changed);
        fill(missing, kept, slice -> !changed.contains(slice), changed);
        emit(template, ports, kept, changed, actions);
        List<Endpoint> rest = new ArrayList<>(missing.values());
        for (int from = 0; from < rest.size(); from += MAX_ENDPOINTS) {
            List<Endpoint> part = rest.subList(from, Math.min(from + MAX_ENDPOINTS, rest.size()));
            actions.add(new Action.Create(slice(template, ports, List.copyOf(part))));
        }
    }

    private static void fill(
            Map<String, Endpoint> missing,
            Map<EndpointSlice, List<Endpoint>> kept,
            Function<EndpointSlice, Boolean> eligible,
            Set<EndpointSlice> changed) {
        for (Map.Entry<EndpointSlice, List<Endpoint>> entry : kept.entrySet()) {
            if (missing.isEmpty()) {
                return;
            }
            if (eligible.apply(entry.getKey()) && entry.getValue().size() < MAX_ENDPOINTS) {
                Iterator<Endpoint> next = missing.values().iterator();
                while (next.hasNext() && entry.getValue().size() < MAX_ENDPOINTS) {
                    entry.getValue().add(next.next());
                    next.remove();
                }
                changed.add(entry.getKey());
            }
        }
    }

    private static void emit(
            SliceTemplate template,
            List<EndpointPort> ports,
            Map<EndpointSlice, List<Endpoint>> kept,
            Set<EndpointSlice> changed,
            List<Action> actions) {
        kept.forEach((slice, endpoints) -> {
            if (endpoints.isEmpty()) {
                actions.add(new Action.Delete(slice));
            } else if (changed.contains(slice)) {
                actions.add(new Action.Update(with(template, slice, ports, endpoints)));
            }
        });
    }

    private static String identity(Endpoint endpoint) {
        return endpoint.getAddresses().getFirst() + "/"
                + (endpoint.getTargetRef() == null
                        ? ""
                        : endpoint.getTargetRef().getUid());
    }

    private static List<EndpointPort> ports(PodEndpoint endpoint) {
        return endpoint.ports().stream()
                .map(port -> new EndpointPortBuilder()
                        .withName(port.name())
                        .withPort(port.port())
                        .withProtocol(port.protocol())
                        .withAppProtocol(port.appProtocol())
                        .build())
                .toList();
    }

    private static Endpoint endpoint(PodEndpoint endpoint) {
        return new EndpointBuilder()
                .withAddresses(endpoint.ip())
                .withNewConditions()
                .withReady(endpoint.ready())
                .withServing(endpoint.serving())
                .withTerminating(endpoint.terminating())
                .endConditions()
                .withHostname(endpoint.hostname())
                .withNodeName(endpoint.pod().getSpec().getNodeName())
                .withTargetRef(endpoint.reference())
                .build();
    }

    private static EndpointSlice slice(SliceTemplate template, List<EndpointPort> ports, List<Endpoint> endpoints) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(template.namespace())
                .withGenerateName(template.service() + "-")
                .withLabels(template.labels())
                .withOwnerReferences(template.owner())
                .endMetadata()
                .withAddressType("IPv4")
                .withPorts(ports)
                .withEndpoints(endpoints)
                .build();
    }

    private static EndpointSlice with(
            SliceTemplate template, EndpointSlice slice, List<EndpointPort> ports, List<Endpoint> endpoints) {
        return new EndpointSliceBuilder(Objects.requireNonNull(slice))
                .editMetadata()
                .withLabels(template.labels())
                .endMetadata()
                .withPorts(ports)
                .withEndpoints(endpoints)
                .build();
    }
}
