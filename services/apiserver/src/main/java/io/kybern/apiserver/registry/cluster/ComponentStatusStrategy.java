package io.kybern.apiserver.registry.cluster;

import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;

/** Component statuses: the server keeps them, and nobody should ask for them any more. */
public final class ComponentStatusStrategy extends GenericStrategy {

    /** The component statuses of the API. */
    public ComponentStatusStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public String deprecation() {
        return "v1 ComponentStatus is deprecated in v1.19+";
    }
}
