package io.kybern.apiserver.aggregation;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.discovery.GroupOrder;
import io.kybern.apiserver.discovery.RemoteGroups;
import io.kybern.apiserver.registry.aggregation.ApiServiceStrategy;
import io.kybern.apiserver.registry.extensions.Conditions;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps an APIService for each group version that this server serves itself, so that they list all APIs: those of the server from
 * its start, those of definitions as long as there is one.
 */
final class LocalApiServices {

    private static final String LABEL = "kube-aggregator.kubernetes.io/automanaged";
    private static final int CUSTOM_GROUP = 1000;
    private static final int CUSTOM_VERSION = 100;
    private static final int VERSION_STEP = 15;

    private static final int FIRST_GROUP = 18_000;
    private static final int GROUP_STEP = 100;

    private final ResourceRegistry registry;
    private final List<RemoteGroups.RemoteVersion> further;
    private final WatchCache cache;
    private final ObjectStore store;
    private final ResourceType apiServices;
    private final Clock clock;
    private long published = -1;

    /** @param further what this server answers without keeping objects */
    LocalApiServices(
            ResourceRegistry registry,
            List<RemoteGroups.RemoteVersion> further,
            WatchCache cache,
            ObjectStore store,
            Clock clock) {
        this.registry = registry;
        this.further = List.copyOf(further);
        this.cache = cache;
        this.store = store;
        this.apiServices = registry.require("apiregistration.k8s.io", "v1", "apiservices");
        this.clock = clock;
    }

    private record Version(String group, String version, boolean custom) {

        String name() {
            return version + "." + group;
        }
    }

    /** Brings them up to date, if other types are served than last time. */
    void publish() {
        long generation = registry.generation();
        if (!cache.isReady() || published == generation) {
            return;
        }
        Map<String, Version> wanted = wanted();
        Set<String> present = new HashSet<>();
        for (CachedObject each : cache.snapshot(RemoteApis.API_SERVICES, RevisionRequest.latest())
                .join()
                .range("", null)) {
            present.add(each.key().name());
            JsonNode tree = each.tree();
            boolean ours = KubeObject.labels(tree).getOrDefault(LABEL, "").equals("true");
            if (ours && !wanted.containsKey(each.key().name())) {
                store.delete(apiServices, each.key(), each.revision(), (ObjectNode) tree)
                        .join();
            }
        }
        for (Version each : wanted.values()) {
            if (!present.contains(each.name())) {
                create(each);
            }
        }
        published = generation;
    }

    private Map<String, Version> wanted() {
        Map<String, Version> wanted = new LinkedHashMap<>();
        for (ResourceType type : registry.all()) {
            Version version = new Version(type.gvr().group(), type.gvr().version(), !registry.isBuiltIn(type));
            wanted.putIfAbsent(version.name(), version);
        }
        for (RemoteGroups.RemoteVersion each : further) {
            Version version = new Version(each.group(), each.version(), false);
            wanted.putIfAbsent(version.name(), version);
        }
        return wanted;
    }

    private void create(Version version) {
        ObjectNode object = Json.object().put("kind", "APIService").put("apiVersion", "apiregistration.k8s.io/v1");
        ObjectNode metadata = object.putObject("metadata").put("name", version.name());
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put(
                "creationTimestamp",
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        metadata.putObject("labels").put(LABEL, version.custom() ? "true" : "onstart");
        ObjectNode spec = object.putObject("spec");
        if (!version.group().isEmpty()) {
            spec.put("group", version.group());
        }
        spec.put("version", version.version());
        spec.put("groupPriorityMinimum", version.custom() ? CUSTOM_GROUP : groupPriority(version.group()));
        spec.put("versionPriority", version.custom() ? CUSTOM_VERSION : versionPriority(version));
        Conditions.set(object, ApiServiceStrategy.LOCAL, clock.instant());
        try {
            store.create(apiServices, ObjectKey.clusterScoped(version.name()), object)
                    .join();
        } catch (CompletionException e) {
            // another API server was faster
            if (!(StorageException.of(e) instanceof StorageException.Exists)) {
                throw e;
            }
        }
    }

    /** Each group in the order of discovery is a step below the one before. */
    private static int groupPriority(String group) {
        return group.isEmpty() ? FIRST_GROUP : FIRST_GROUP - GROUP_STEP * GroupOrder.rank(group);
    }

    private int versionPriority(Version version) {
        List<String> versions = registry.versions(version.group());
        return VERSION_STEP * (versions.size() - versions.indexOf(version.version()));
    }
}
