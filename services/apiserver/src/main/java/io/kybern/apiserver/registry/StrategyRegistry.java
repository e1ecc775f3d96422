package io.kybern.apiserver.registry;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.table.TableShapes;
import io.kybern.apiserver.watch.SelectableFields;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The strategy of every registered type: the one made for it, or the generic one; and those of custom types, which come and go. */
public final class StrategyRegistry implements SelectableFields {

    private final Map<GroupVersionResource, ResourceStrategy> strategies = new HashMap<>();
    private final Map<GroupResource, ResourceStrategy> byStorage = new HashMap<>();
    private volatile Map<GroupVersionResource, ResourceStrategy> custom = Map.of();

    /**
     * @param special the strategies that were made for a type
     * @param tables shows the types that have no strategy of their own
     */
    public StrategyRegistry(ResourceRegistry types, Collection<ResourceStrategy> special, TableShapes tables) {
        for (ResourceStrategy strategy : special) {
            if (strategies.put(strategy.type().gvr(), strategy) != null) {
                throw new IllegalArgumentException(
                        "two strategies for " + strategy.type().gvr());
            }
        }
        for (ResourceType type : types.all()) {
            ResourceStrategy strategy =
                    strategies.computeIfAbsent(type.gvr(), gvr -> new GenericStrategy(type, tables.of(type)));
            byStorage.putIfAbsent(type.storage(), strategy);
        }
    }

    /** Replaces the strategies of custom types. */
    public void replaceCustom(Collection<? extends ResourceStrategy> strategies) {
        Map<GroupVersionResource, ResourceStrategy> all = new HashMap<>();
        strategies.forEach(each -> all.put(each.type().gvr(), each));
        custom = all;
    }

    /** The strategy of a type; empty if it is no longer registered. */
    public Optional<ResourceStrategy> find(ResourceType type) {
        ResourceStrategy strategy = strategies.get(type.gvr());
        return Optional.ofNullable(strategy == null ? custom.get(type.gvr()) : strategy);
    }

    /**
     * The strategy of a type.
     *
     * @throws IllegalArgumentException if the type is not registered
     */
    public ResourceStrategy strategy(ResourceType type) {
        return find(type).orElseThrow(() -> new IllegalArgumentException("no strategy for " + type.gvr()));
    }

    @Override
    public boolean tellsAll(GroupResource resource) {
        return byStorage.containsKey(resource);
    }

    @Override
    public Map<String, String> of(GroupResource resource, ObjectNode object) {
        ResourceStrategy strategy = byStorage.get(resource);
        return strategy == null
                ? Map.of("metadata.name", KubeObject.name(object), "metadata.namespace", KubeObject.namespace(object))
                : strategy.selectableFields(object);
    }
}
