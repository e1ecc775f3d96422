package io.kybern.apiserver.discovery;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Subresource;
import io.kybern.api.Verb;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Negotiation.MediaType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /api} and {@code /apis}: which groups, versions and resources there are, one list at a time or all at once; see "API
 * Discovery" in the Kubernetes documentation.
 */
public final class DiscoveryHandler implements ApiHandler {

    private static final String AGGREGATED_GROUP = "apidiscovery.k8s.io";
    private static final String AGGREGATED_KIND = "APIGroupDiscoveryList";

    /** As many as Kubernetes takes. */
    private static final int HASH_BYTES = 8;

    private final ResourceRegistry registry;
    private final RemoteGroups remote;
    private final UnaryOperator<ResourceType> storage;
    private final String serverAddress;
    private final Map<String, Cached> documents = new ConcurrentHashMap<>();
    private final AtomicLong generation = new AtomicLong();

    /**
     * Describes what the registry and other servers have.
     *
     * @param storage answers the type in whose version the objects of a type are kept
     * @param serverAddress where clients in the cluster reach the server
     */
    public DiscoveryHandler(
            ResourceRegistry registry, RemoteGroups remote, UnaryOperator<ResourceType> storage, String serverAddress) {
        this.storage = storage;
        this.remote = remote;
        this.registry = registry;
        this.serverAddress = serverAddress;
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        String[] parts = request.path().replaceFirst("^/", "").split("/");
        boolean core = parts[0].equals("api");
        long present = registry.generation() + remote.generation();
        if (generation.getAndSet(present) != present) {
            documents.clear();
        }
        if (parts.length == 1) {
            Optional<String> version = aggregated(request);
            if (version.isPresent()) {
                return documents
                        .computeIfAbsent(parts[0] + " " + version.get(), key -> aggregate(core, version.get()))
                        .answer(request, Map.of("Cache-Control", "public"));
            }
            return Negotiation.representation(request, false).answer(200, core ? coreVersions() : groupList());
        }
        String group = core ? "" : parts[1];
        int versionAt = core ? 1 : 2;
        if (versions(group).isEmpty() || parts.length > versionAt + 1) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        if (parts.length == versionAt) {
            return Negotiation.representation(request, false).answer(200, versioned(group(group), "APIGroup"));
        }
        String version = parts[versionAt];
        if (!registry.versions(group).contains(version)) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        return Negotiation.representation(request, false).answer(200, resourceList(group, version));
    }

    private static Optional<String> aggregated(ApiRequest request) {
        for (MediaType clause : Negotiation.accepted(request.header("Accept"))) {
            if (clause.type().equals("application/json")) {
                boolean asList = clause.parameter("as").equals(AGGREGATED_KIND)
                        && clause.parameter("g").equals(AGGREGATED_GROUP);
                String version = clause.parameter("v");
                if (asList && (version.equals("v2") || version.equals("v2beta1"))) {
                    return Optional.of(version);
                }
            }
        }
        return Optional.empty();
    }

    /** The paths that are answered. */
    public List<String> paths() {
        List<String> paths = new ArrayList<>(List.of("/api", "/apis", "/apis/"));
        registry.versions("").forEach(version -> paths.add("/api/" + version));
        for (String group : groups()) {
            paths.add("/apis/" + group);
            versions(group).forEach(version -> paths.add("/apis/" + group + "/" + version));
        }
        return paths;
    }

    private ObjectNode coreVersions() {
        ObjectNode versions = Json.object().put("kind", "APIVersions");
        registry.versions("").forEach(versions.putArray("versions")::add);
        versions.putArray("serverAddressByClientCIDRs")
                .addObject()
                .put("clientCIDR", "0.0.0.0/0")
                .put("serverAddress", serverAddress);
        return versions;
    }

    /** All but the core group, those that clients are to prefer first. */
    private List<String> groups() {
        Set<String> groups = new LinkedHashSet<>(registry.groups());
        groups.remove("");
        remote.all().forEach(each -> groups.add(each.group()));
        return groups.stream().sorted(GroupOrder.PREFERRED_FIRST).toList();
    }

    private List<String> versions(String group) {
        Set<String> versions = new LinkedHashSet<>(registry.versions(group));
        remote.all().stream().filter(each -> each.group().equals(group)).forEach(each -> versions.add(each.version()));
        return List.copyOf(versions);
    }

    private Optional<RemoteGroups.RemoteVersion> remote(String group, String version) {
        return remote.all().stream()
                .filter(each -> each.group().equals(group) && each.version().equals(version))
                .findFirst();
    }

    private ObjectNode groupList() {
        ObjectNode list = Json.object().put("kind", "APIGroupList").put("apiVersion", "v1");
        ArrayNode groups = list.putArray("groups");
        groups().forEach(group -> groups.add(group(group)));
        return list;
    }

    private ObjectNode group(String name) {
        ObjectNode group = Json.object().put("name", name);
        ArrayNode versions = group.putArray("versions");
        for (String version : versions(name)) {
            versions.add(groupVersion(name, version));
        }
        group.set("preferredVersion", groupVersion(name, versions(name).getFirst()));
        return group;
    }

    private static ObjectNode versioned(ObjectNode content, String kind) {
        ObjectNode object = Json.object().put("kind", kind).put("apiVersion", "v1");
        object.setAll(content);
        return object;
    }

    private static ObjectNode groupVersion(String group, String version) {
        return Json.object().put("groupVersion", group + "/" + version).put("version", version);
    }

    private ObjectNode resourceList(String group, String version) {
        ObjectNode list = Json.object().put("kind", "APIResourceList");
        if (!group.isEmpty()) {
            list.put("apiVersion", "v1");
        }
        list.put("groupVersion", group.isEmpty() ? version : group + "/" + version);
        TreeMap<String, ObjectNode> sorted = new TreeMap<>();
        for (ResourceType type : registry.inGroupVersion(group, version)) {
            String plural = type.gvr().resource();
            ObjectNode resource = resource(plural, type.singular(), type.namespaced(), type.kind(), type.verbs());
            if (!type.shortNames().isEmpty()) {
                type.shortNames().forEach(resource.putArray("shortNames")::add);
            }
            if (!type.categories().isEmpty()) {
                type.categories().forEach(resource.putArray("categories")::add);
            }
            if (type.stored() && type.verbs().contains(Verb.CREATE)) {
                resource.put("storageVersionHash", hash(storage.apply(type).gvk()));
            }
            sorted.put(plural, resource);
            for (Subresource sub : type.subresources().values()) {
                String name = plural + "/" + sub.name();
                ObjectNode entry =
                        resource(name, "", type.namespaced(), sub.kind().kind(), sub.verbs());
                if (!sub.kind().group().equals(group) || !sub.kind().version().equals(version)) {
                    entry.put("group", sub.kind().group())
                            .put("version", sub.kind().version());
                }
                sorted.put(name, entry);
            }
        }
        sorted.values().forEach(list.withArray("resources")::add);
        return list;
    }

    /** Changes when objects are kept in another version; clients compare it and read nothing into it. */
    private static String hash(GroupVersionKind kind) {
        String text = kind.group() + "/" + kind.version() + "/" + kind.kind();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(Arrays.copyOf(digest, HASH_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }

    private static ObjectNode resource(
            String name, String singular, boolean namespaced, String kind, Collection<Verb> verbs) {
        ObjectNode resource = Json.object()
                .put("name", name)
                .put("singularName", singular)
                .put("namespaced", namespaced)
                .put("kind", kind);
        sorted(verbs).forEach(resource.putArray("verbs")::add);
        return resource;
    }

    private static List<String> sorted(Collection<Verb> verbs) {
        return verbs.stream().map(Verb::wireName).sorted().toList();
    }

    private Cached aggregate(boolean core, String version) {
        ObjectNode list =
                Json.object().put("kind", AGGREGATED_KIND).put("apiVersion", AGGREGATED_GROUP + "/" + version);
        list.putObject("metadata");
        ArrayNode items = list.putArray("items");
        for (String group : core ? List.of("") : groups()) {
            ObjectNode item = items.addObject();
            ObjectNode metadata = item.putObject("metadata");
            if (!group.isEmpty()) {
                metadata.put("name", group);
            }
            ArrayNode versions = item.putArray("versions");
            for (String each : versions(group)) {
                ObjectNode entry = versions.addObject().put("version", each);
                ArrayNode resources = entry.putArray("resources");
                Optional<RemoteGroups.RemoteVersion> other = remote(group, each);
                if (other.isPresent()) {
                    RemoteResources.add(other.get(), resources);
                    entry.put("freshness", other.get().current() ? "Current" : "Stale");
                    continue;
                }
                List<ResourceType> types = new ArrayList<>(registry.inGroupVersion(group, each));
                types.sort(Comparator.comparing(type -> type.gvr().resource()));
                types.forEach(type -> resources.add(aggregatedResource(type)));
                entry.put("freshness", "Current");
            }
        }
        return Cached.of(
                "application/json;g=" + AGGREGATED_GROUP + ";v=" + version + ";as=" + AGGREGATED_KIND,
                Json.bytes(list));
    }

    private static ObjectNode aggregatedResource(ResourceType type) {
        ObjectNode resource = Json.object().put("resource", type.gvr().resource());
        resource.putObject("responseKind")
                .put("group", type.gvr().group())
                .put("version", type.gvr().version())
                .put("kind", type.kind());
        resource.put("scope", type.namespaced() ? "Namespaced" : "Cluster");
        resource.put("singularResource", type.singular());
        sorted(type.verbs()).forEach(resource.putArray("verbs")::add);
        if (!type.shortNames().isEmpty()) {
            type.shortNames().forEach(resource.putArray("shortNames")::add);
        }
        if (!type.categories().isEmpty()) {
            type.categories().forEach(resource.putArray("categories")::add);
        }
        TreeMap<String, Subresource> subresources = new TreeMap<>(type.subresources());
        for (Subresource sub : subresources.values()) {
            ObjectNode entry = resource.withArray("subresources").addObject().put("subresource", sub.name());
            entry.putObject("responseKind")
                    .put("group", sub.kind().group())
                    .put("version", sub.kind().version())
                    .put("kind", sub.kind().kind());
            sorted(sub.verbs()).forEach(entry.putArray("verbs")::add);
        }
        return resource;
    }
}
