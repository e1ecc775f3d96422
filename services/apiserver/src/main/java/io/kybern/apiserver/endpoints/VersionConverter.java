package io.kybern.apiserver.endpoints;

import io.kybern.api.ResourceType;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.ObjectConverter;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.StrategyRegistry;
import tools.jackson.databind.node.ObjectNode;

/** Converts as reads and writes do: custom objects by way of the version that they are kept in. */
final class VersionConverter implements ObjectConverter {

    private final StrategyRegistry strategies;

    VersionConverter(StrategyRegistry strategies) {
        this.strategies = strategies;
    }

    @Override
    public ObjectNode convert(ObjectNode object, ResourceType from, ResourceType to) {
        if (from.gvr().equals(to.gvr())) {
            return object;
        }
        ResourceStrategy source = strategy(from);
        return source.rewrites()
                ? strategy(to).shown(source.kept(object))
                : VersionConversion.convert(object, from.gvk(), to.gvk());
    }

    private ResourceStrategy strategy(ResourceType type) {
        return strategies.find(type).orElseThrow(ApiException::noSuchResource);
    }
}
