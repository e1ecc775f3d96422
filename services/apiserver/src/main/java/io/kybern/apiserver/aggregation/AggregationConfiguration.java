package io.kybern.apiserver.aggregation;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.metrics.MetricsApi;
import io.kybern.apiserver.proxy.ServiceDialer;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.WatchCache;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires aggregated APIs. */
@Configuration(proxyBeanMethods = false)
public class AggregationConfiguration {

    @Bean
    RemoteApis remoteApis(WatchCache cache) {
        return new RemoteApis(cache);
    }

    @Bean
    FrontProxy frontProxy(
            ServiceDialer services, @Value("${kybern.apiserver.pki-directory:/etc/kybern/pki}") Path pki) {
        return new FrontProxy(services, pki);
    }

    @Bean
    RemoteDiscovery remoteDiscovery(RemoteApis apis) {
        return new RemoteDiscovery(apis, List.of(MetricsApi.description()));
    }

    @Bean
    Aggregation aggregation(RemoteApis apis, FrontProxy proxy) {
        return new Aggregation(apis, new RemoteHandler(proxy));
    }

    @Bean
    LocalApiServices localApiServices(ResourceRegistry registry, WatchCache cache, ObjectStore store, Clock clock) {
        return new LocalApiServices(registry, List.of(MetricsApi.description()), cache, store, clock);
    }

    @Bean
    AvailabilityWriter availabilityWriter(ObjectStore store, ResourceRegistry registry, Clock clock) {
        return new AvailabilityWriter(store, registry, clock);
    }

    @Bean
    AvailabilityCheck availabilityCheck(ObjectLookup objects, FrontProxy proxy) {
        return new AvailabilityCheck(objects, proxy);
    }

    @Bean
    AvailabilityController availabilityController(
            RemoteApis apis,
            AvailabilityCheck check,
            RemoteDiscovery discovery,
            LocalApiServices local,
            AvailabilityWriter writer,
            Clock clock) {
        return new AvailabilityController(apis, check, discovery, local, writer, clock);
    }
}
