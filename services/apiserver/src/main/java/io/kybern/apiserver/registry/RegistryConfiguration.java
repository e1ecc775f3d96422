package io.kybern.apiserver.registry;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.registry.admission.PolicyTypeChecker;
import io.kybern.apiserver.registry.services.ServiceStrategies;
import io.kybern.apiserver.registry.table.TableShapes;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.schema.Schema;
import io.kybern.schema.SchemaCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the strategies. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RegistryProperties.class)
public class RegistryConfiguration {

    @Bean
    StrategyRegistry strategyRegistry(
            ObjectStore store,
            RegistryProperties properties,
            ObjectProvider<ResourceRegistry> served,
            ObjectProvider<SchemaCatalog> catalog,
            ObjectProvider<CustomKinds> custom,
            ObjectProvider<WatchCache> cache) {
        ResourceRegistry types = ResourceRegistry.builtIn();
        TableShapes tables = new TableShapes();
        // custom types come after the strategies, and are there before the first policy
        PolicyTypeChecker policies = new PolicyTypeChecker(
                resource -> served.getObject().find(resource),
                kind -> schema(kind, catalog.getObject(), custom.getObject()));
        List<ResourceStrategy> strategies = new ArrayList<>(new BuiltInStrategies(types, tables, policies).all());
        strategies.addAll(ServiceStrategies.all(
                types,
                tables,
                store,
                properties.serviceClusterIpRange(),
                properties.serviceNodePortRange(),
                cache::getObject));
        return new StrategyRegistry(types, strategies, tables);
    }

    private static Optional<Schema> schema(GroupVersionKind kind, SchemaCatalog catalog, CustomKinds custom) {
        return catalog.schema(kind).or(() -> custom.find(kind).map(each -> each.fields(catalog::definition)));
    }
}
