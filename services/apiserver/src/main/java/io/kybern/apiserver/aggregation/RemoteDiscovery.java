package io.kybern.apiserver.aggregation;

import io.kybern.apiserver.discovery.RemoteGroups;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** What aggregated APIs have, as far as they have been asked, after those that this server answers without keeping objects. */
final class RemoteDiscovery implements RemoteGroups {

    private static final Comparator<RemoteApi> ORDER = Comparator.comparingInt(RemoteApi::groupPriority)
            .reversed()
            .thenComparing(RemoteApi::group)
            .thenComparing(Comparator.comparingInt(RemoteApi::versionPriority).reversed())
            .thenComparing(RemoteApi::version);

    private final RemoteApis apis;
    private final List<RemoteVersion> own;
    private final Map<String, Learned> learned = new ConcurrentHashMap<>();
    private final AtomicLong changes = new AtomicLong();

    /** @param own what this server answers as long as no other server does */
    RemoteDiscovery(RemoteApis apis, List<RemoteVersion> own) {
        this.apis = apis;
        this.own = List.copyOf(own);
    }

    /**
     * What an API has.
     *
     * @param resources its APIResourceList
     * @param openApi the address of its OpenAPI 3 document, empty if it has none
     * @param openApiV2 its part of an OpenAPI 2 document; missing if it has none
     */
    record Learned(JsonNode resources, String openApi, JsonNode openApiV2) {}

    /** Remembers what an API has; the last answer counts while there is no newer one. */
    void learn(RemoteApi api, @Nullable Learned now) {
        if (now != null) {
            if (!now.equals(learned.put(api.groupVersion(), now))) {
                changes.incrementAndGet();
            }
        }
    }

    /** Forgets all others than these. */
    void keepOnly(Set<String> groupVersions) {
        learned.keySet().retainAll(groupVersions);
    }

    @Override
    public long generation() {
        apis.all();
        return apis.generation() + changes.get();
    }

    @Override
    public List<RemoteVersion> all() {
        List<RemoteApi> sorted = new ArrayList<>(apis.all().values());
        sorted.sort(ORDER);
        List<RemoteVersion> versions = new ArrayList<>();
        for (RemoteApi api : sorted) {
            Learned found = learned.get(api.groupVersion());
            List<JsonNode> resources = new ArrayList<>();
            if (found != null) {
                found.resources().path("resources").forEach(resources::add);
            }
            versions.add(new RemoteVersion(
                    api.group(),
                    api.version(),
                    resources,
                    found == null ? "" : found.openApi(),
                    found == null ? MissingNode.getInstance() : found.openApiV2(),
                    api.available() && found != null));
        }
        own.stream()
                .filter(each -> versions.stream()
                        .noneMatch(other -> other.group().equals(each.group())
                                && other.version().equals(each.version())))
                .toList()
                .forEach(versions::add);
        return versions;
    }
}
