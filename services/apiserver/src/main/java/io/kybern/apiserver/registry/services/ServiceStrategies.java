package io.kybern.apiserver.registry.services;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.table.TableShapes;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;

/** The strategies of Services and what belongs to them. */
public final class ServiceStrategies {

    private ServiceStrategies() {}

    /**
     * Makes them.
     *
     * @param store where addresses and ports are claimed
     * @param serviceCidr the range of cluster IPs
     * @param nodePorts the range of node ports, for example {@code 30000-32767}
     * @param cache where ServiceCIDRs, and what is claimed, are seen; asked for when the first Service is written
     */
    public static List<ResourceStrategy> all(
            ResourceRegistry types,
            TableShapes tables,
            ObjectStore store,
            String serviceCidr,
            String nodePorts,
            Supplier<? extends WatchCache> cache) {
        ServiceRanges ranges = ServiceRanges.parse(serviceCidr, nodePorts);
        ServiceClaims claims = new ServiceClaims(
                store,
                ranges,
                AddressBlocks.of(ranges.addresses(), cache),
                resource ->
                        cache.get().snapshot(resource, RevisionRequest.latest()).join(),
                Clock.systemUTC(),
                new SecureRandom());
        var services = types.require("", "v1", "services");
        var endpoints = types.require("", "v1", "endpoints");
        var slices = types.require("discovery.k8s.io", "v1", "endpointslices");
        return List.of(
                new ServiceStrategy(services, tables.of(services), claims),
                new EndpointsStrategy(endpoints, tables.of(endpoints)),
                new EndpointSliceStrategy(slices, tables.of(slices)));
    }
}
