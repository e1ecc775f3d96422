package io.kybern.apiserver.custom;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.CustomKind;
import io.kybern.apiserver.registry.CustomKinds;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.webhooks.WebhookClient;
import io.kybern.schema.CustomSchema;
import io.kybern.schema.OpenApi;
import io.kybern.schema.structural.SimplePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Keeps the registry and the strategies as the definitions in the watch cache say. Nothing follows the definitions: who needs the
 * types looks first whether the cache holds the same definitions as before, so whoever has seen a definition is served its types.
 */
public final class CustomResources implements CustomKinds {

    static final GroupResource DEFINITIONS = new GroupResource("apiextensions.k8s.io", "customresourcedefinitions");

    private static final Logger LOG = LoggerFactory.getLogger(CustomResources.class);

    private final WatchCache cache;
    private final ResourceRegistry registry;
    private final StrategyRegistry strategies;
    private final OpenApi documents;
    private final WebhookClient webhooks;
    private volatile Served served = new Served(null, Map.of(), Map.of());

    /** The state that was built last. */
    private record Served(
            @Nullable Snapshot definitions,
            Map<ObjectKey, Entry> byDefinition,
            Map<GroupVersionKind, CustomVersion> byKind) {}

    /** A definition and what was made of it; nothing if it is not served. */
    private record Entry(CachedObject definition, @Nullable CustomResource resource) {}

    /** Reads definitions from the cache, and tells the registries and the published documents of them. */
    public CustomResources(
            WatchCache cache,
            ResourceRegistry registry,
            StrategyRegistry strategies,
            OpenApi documents,
            WebhookClient webhooks) {
        this.documents = documents;
        this.webhooks = webhooks;
        this.cache = cache;
        this.registry = registry;
        this.strategies = strategies;
    }

    /** Looks whether the cache has other definitions than before; quick if not. */
    public void refresh() {
        if (cache.isReady()) {
            use(cache.snapshot(DEFINITIONS, RevisionRequest.any()).join());
        }
    }

    /** The same once the cache has reached the store's newest state: for who misses a type that was established a moment ago. */
    public void refreshToLatest() {
        use(cache.snapshot(DEFINITIONS, RevisionRequest.latest()).join());
    }

    private void use(Snapshot definitions) {
        Snapshot known = served.definitions();
        if (known == null || !known.sameObjects(definitions)) {
            rebuild(definitions);
        }
    }

    private synchronized void rebuild(Snapshot definitions) {
        Served before = served;
        Snapshot known = before.definitions();
        if (known != null && (known.revision() > definitions.revision() || known.sameObjects(definitions))) {
            return;
        }
        Map<ObjectKey, Entry> entries = new HashMap<>();
        List<ResourceType> types = new ArrayList<>();
        List<ResourceStrategy> custom = new ArrayList<>();
        List<CustomSchema> schemas = new ArrayList<>();
        Map<GroupVersionKind, CustomVersion> byKind = new HashMap<>();
        for (CachedObject definition : definitions.range("", null)) {
            Entry entry = before.byDefinition().get(definition.key());
            if (entry == null || entry.definition() != definition) {
                entry = new Entry(definition, resource(definition));
            }
            entries.put(definition.key(), entry);
            if (entry.resource() != null) {
                for (CustomVersion version : entry.resource().served()) {
                    types.add(version.type());
                    schemas.add(new CustomSchema(
                            version.type(),
                            version.schema(),
                            version.selectable().stream().map(SimplePath::label).toList()));
                    custom.add(version.strategy());
                    byKind.put(version.type().gvk(), version);
                }
            }
        }
        strategies.replaceCustom(custom);
        registry.replaceCustom(types);
        documents.replaceCustom(schemas);
        served = new Served(definitions, entries, byKind);
        before.byDefinition().forEach((key, entry) -> {
            if (!entries.containsKey(key) && entry.resource() != null) {
                LOG.atInfo().addKeyValue("definition", key).log("A custom resource is no longer served");
                cache.forget(entry.resource().storage());
            }
        });
    }

    private @Nullable CustomResource resource(CachedObject definition) {
        JsonNode tree = definition.tree();
        if (!CustomResource.isServed(tree)) {
            return null;
        }
        LOG.atInfo().addKeyValue("definition", definition.key()).log("A custom resource is served");
        return read(tree);
    }

    /** The type in whose version the objects of a custom type are kept; empty if the type is not custom. */
    public Optional<ResourceType> stored(ResourceType type) {
        return Optional.ofNullable(served.byKind().get(type.gvk())).flatMap(CustomVersion::stored);
    }

    /** What a definition says, whether it is served or not. */
    CustomResource read(JsonNode definition) {
        return new CustomResource(definition, webhooks);
    }

    @Override
    public Optional<CustomKind> find(GroupVersionKind kind) {
        return Optional.ofNullable(served.byKind().get(kind));
    }
}
