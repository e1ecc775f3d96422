package io.kybern.apiserver.registry;

import io.kybern.api.GroupResource;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** In which version the objects of each built-in type are kept: the preferred one of the group that owns the store. */
public final class StoredTypes {

    private final Map<GroupResource, ResourceType> byStorage = new HashMap<>();

    /** Those of the registry's built-in types. */
    public StoredTypes(ResourceRegistry registry) {
        for (ResourceType type : registry.builtInTypes()) {
            if (type.groupResource().equals(type.storage())) {
                byStorage.merge(type.storage(), type, (one, other) -> preferred(registry, one, other));
            }
        }
    }

    private static ResourceType preferred(ResourceRegistry registry, ResourceType one, ResourceType other) {
        List<String> versions = registry.versions(one.gvr().group());
        return versions.indexOf(one.gvr().version())
                        <= versions.indexOf(other.gvr().version())
                ? one
                : other;
    }

    /** The type in whose version objects of this one are kept; mostly the same. */
    public ResourceType of(ResourceType type) {
        return byStorage.getOrDefault(type.storage(), type);
    }
}
