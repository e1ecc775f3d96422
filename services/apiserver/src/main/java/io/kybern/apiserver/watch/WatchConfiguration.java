package io.kybern.apiserver.watch;

import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.ObjectStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the watch cache. Uses a {@link SelectableFields} bean if there is one. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WatchProperties.class)
public class WatchConfiguration {

    @Bean
    LogWatchCache watchCache(EventLog log, WatchProperties properties, MeterRegistry meters) {
        LogWatchCache cache = new LogWatchCache(log, properties);
        // types that are served in two versions are stored once
        ResourceRegistry.builtIn().all().stream()
                .filter(ResourceType::stored)
                .map(ResourceType::storage)
                .distinct()
                .forEach(stored -> meters.gauge(
                        "apiserver.storage.objects", Tags.of("resource", stored.toString()), cache, held -> held.state()
                                .objects(stored)
                                .size()));
        meters.gauge("kybern.watch.cache.revision", cache, LogWatchCache::revision);
        meters.gauge("apiserver.registered.watchers", cache, LogWatchCache::openWatches);
        return cache;
    }

    @Bean(initMethod = "start")
    CacheFeed watchCacheFeed(EventLog log, LogWatchCache cache, ObjectProvider<SelectableFields> fields) {
        return new CacheFeed(log, new CachedObjectReader(fields.getIfUnique(SelectableFields::metadataOnly)), cache);
    }

    @Bean(initMethod = "start")
    EventExpiry eventExpiry(ObjectStore store, LogWatchCache cache, WatchProperties properties, Clock clock) {
        ResourceType events = ResourceRegistry.builtIn().require("", "v1", "events");
        return new EventExpiry(events, store, cache, properties.eventRetention(), clock);
    }

    @Bean
    HealthIndicator watchCacheHealthIndicator(LogWatchCache cache) {
        return () -> (cache.isReady() ? Health.up() : Health.down())
                .withDetail("revision", cache.revision())
                .build();
    }
}
