package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What plugins read of the cluster: first what the server knows, and what it does not know from the store itself. */
public final class ClusterReader {

    private final ObjectLookup lookup;
    private final ObjectStore store;
    private final WatchCache cache;
    private final ResourceRegistry types = ResourceRegistry.builtIn();

    ClusterReader(ObjectLookup lookup, ObjectStore store, WatchCache cache) {
        this.lookup = lookup;
        this.store = store;
        this.cache = cache;
    }

    /** The object, though it was created a moment ago; not to be changed. */
    Optional<JsonNode> find(String group, String resource, ObjectKey key) {
        ResourceType type = types.require(group, "v1", resource);
        Optional<JsonNode> known = lookup.find(type.storage(), key);
        return known.isPresent() ? known : fresh(type, key);
    }

    /** The object as it is in the store at this moment. */
    Optional<JsonNode> findFresh(String group, String resource, ObjectKey key) {
        return fresh(types.require(group, "v1", resource), key);
    }

    private Optional<JsonNode> fresh(ResourceType type, ObjectKey key) {
        return store.get(type, key).join().map(stored -> stored.tree());
    }

    /** The objects of a namespace, all of them if it is empty, as the server knows them: may lag behind by moments. */
    List<JsonNode> list(String group, String resource, String namespace) {
        Snapshot known = cache.snapshot(new GroupResource(group, resource), RevisionRequest.any())
                .join();
        List<JsonNode> objects = new ArrayList<>();
        known.range(namespace, null).forEach(each -> objects.add(each.tree()));
        return objects;
    }
}
