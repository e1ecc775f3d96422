package io.kybern.apiserver.custom;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.webhooks.WebhookClient;
import io.kybern.schema.OpenApi;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires custom resources. */
@Configuration(proxyBeanMethods = false)
public class CustomConfiguration {

    @Bean
    CustomResources customResources(
            WatchCache cache,
            ResourceRegistry registry,
            StrategyRegistry strategies,
            OpenApi documents,
            WebhookClient webhooks) {
        return new CustomResources(cache, registry, strategies, documents, webhooks);
    }

    @Bean(initMethod = "start")
    DefinitionController definitionController(
            CustomResources resources, WatchCache cache, ObjectStore store, ResourceRegistry registry, Clock clock) {
        return new DefinitionController(resources, cache, store, registry, clock);
    }
}
