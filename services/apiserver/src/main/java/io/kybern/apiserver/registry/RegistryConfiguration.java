package io.kybern.apiserver.registry;

import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.registry.services.ServiceStrategies;
import io.kybern.apiserver.registry.table.TableShapes;
import io.kybern.apiserver.storage.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the strategies. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RegistryProperties.class)
public class RegistryConfiguration {

    @Bean
    StrategyRegistry strategyRegistry(ObjectStore store, RegistryProperties properties) {
        ResourceRegistry types = ResourceRegistry.builtIn();
        TableShapes tables = new TableShapes();
        List<ResourceStrategy> strategies = new ArrayList<>(new BuiltInStrategies(types, tables).all());
        strategies.addAll(ServiceStrategies.all(
                types, tables, store, properties.serviceClusterIpRange(), properties.serviceNodePortRange()));
        return new StrategyRegistry(types, strategies, tables);
    }
}
