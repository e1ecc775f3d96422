package io.kybern.apiserver.registry;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.registry.table.TableShapes;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the strategies. */
@Configuration(proxyBeanMethods = false)
public class RegistryConfiguration {

    @Bean
    StrategyRegistry strategyRegistry() {
        return new StrategyRegistry(ResourceRegistry.builtIn(), List.of(), new TableShapes());
    }
}
