package io.kybern.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Every resource type: the generally available groups of Kubernetes 1.36, one entry each in {@code resources.json}, and the custom
 * types that whoever holds the registry has told it of. Built-in types never change; readers see the custom ones all at once.
 */
public final class ResourceRegistry {

    private final Table builtIn;
    private volatile Table table;

    /** One state. */
    private record Table(
            long generation,
            Map<GroupVersionResource, ResourceType> byResource,
            Map<GroupVersionKind, ResourceType> byKind,
            Map<String, List<String>> versionsByGroup) {

        static Table of(long generation, Collection<ResourceType> types) {
            Table table = new Table(generation, new LinkedHashMap<>(), new HashMap<>(), new LinkedHashMap<>());
            for (ResourceType type : types) {
                table.byResource.put(type.gvr(), type);
                table.byKind.putIfAbsent(type.gvk(), type);
                List<String> versions =
                        table.versionsByGroup.computeIfAbsent(type.gvr().group(), group -> new ArrayList<>());
                if (!versions.contains(type.gvr().version())) {
                    versions.add(type.gvr().version());
                }
            }
            table.versionsByGroup.values().forEach(versions -> versions.sort(VersionOrder.PREFERRED_FIRST));
            return table;
        }
    }

    private ResourceRegistry(Collection<ResourceType> types) {
        this.builtIn = Table.of(0, types);
        this.table = builtIn;
    }

    /**
     * Replaces the custom types. One in the place of a built-in type is left out.
     *
     * @param types in the order of discovery
     */
    public synchronized void replaceCustom(Collection<ResourceType> types) {
        Map<GroupVersionResource, ResourceType> all = new LinkedHashMap<>(builtIn.byResource());
        types.forEach(type -> all.putIfAbsent(type.gvr(), type));
        table = Table.of(table.generation() + 1, all.values());
    }

    /** Counts up with every change: what was made for another generation has to be made anew. */
    public long generation() {
        return table.generation();
    }

    /** Whether a type is served by the server itself rather than by a definition. */
    public boolean isBuiltIn(ResourceType type) {
        return builtIn.byResource().get(type.gvr()) == type;
    }

    /** Reads the built-in table. */
    public static ResourceRegistry builtIn() {
        try (InputStream in = Objects.requireNonNull(
                ResourceRegistry.class.getResourceAsStream("resources.json"), "resources.json is missing")) {
            List<ResourceType> types = new ArrayList<>();
            for (JsonNode entry : Json.mapper().readTree(in)) {
                types.add(type(entry));
            }
            return new ResourceRegistry(types);
        } catch (IOException e) {
            throw new UncheckedIOException("resources.json cannot be read", e);
        }
    }

    /** All types, in the order of the table: core first. */
    public Collection<ResourceType> all() {
        return Collections.unmodifiableCollection(table.byResource().values());
    }

    /** The types that the server itself has, in the order of the table. */
    public Collection<ResourceType> builtInTypes() {
        return Collections.unmodifiableCollection(builtIn.byResource().values());
    }

    /** The type that is served there. */
    public Optional<ResourceType> find(GroupVersionResource gvr) {
        return Optional.ofNullable(table.byResource().get(gvr));
    }

    /** The type whose objects are of that kind. */
    public Optional<ResourceType> byKind(GroupVersionKind gvk) {
        return Optional.ofNullable(table.byKind().get(gvk));
    }

    /**
     * The type of a resource that the caller knows to be built in.
     *
     * @throws IllegalArgumentException if it is not
     */
    public ResourceType require(String group, String version, String resource) {
        GroupVersionResource gvr = new GroupVersionResource(group, version, resource);
        return find(gvr).orElseThrow(() -> new IllegalArgumentException("no built-in resource " + gvr));
    }

    /** The groups, core (the empty name) first. */
    public List<String> groups() {
        return List.copyOf(table.versionsByGroup().keySet());
    }

    /** The versions of a group, the preferred one first; empty if there is no such group. */
    public List<String> versions(String group) {
        return List.copyOf(table.versionsByGroup().getOrDefault(group, List.of()));
    }

    /** The types of one group version, in the order of the table. */
    public List<ResourceType> inGroupVersion(String group, String version) {
        return table.byResource().values().stream()
                .filter(type ->
                        type.gvr().group().equals(group) && type.gvr().version().equals(version))
                .toList();
    }

    private static ResourceType type(JsonNode entry) {
        GroupVersionResource gvr = new GroupVersionResource(
                entry.path("group").asString(),
                entry.path("version").asString(),
                entry.path("resource").asString());
        Map<String, Subresource> subresources = new LinkedHashMap<>();
        for (JsonNode sub : entry.path("subresources")) {
            Subresource subresource = new Subresource(
                    sub.path("name").asString(),
                    new GroupVersionKind(
                            sub.path("group").asString(),
                            sub.path("version").asString(),
                            sub.path("kind").asString()),
                    verbs(sub.path("verbs")));
            subresources.put(subresource.name(), subresource);
        }
        return new ResourceType(
                gvr,
                entry.path("kind").asString(),
                entry.path("namespaced").asBoolean(),
                strings(entry.path("shortNames")),
                strings(entry.path("categories")),
                verbs(entry.path("verbs")),
                subresources,
                storage(gvr, entry));
    }

    private static GroupResource storage(GroupVersionResource gvr, JsonNode entry) {
        if (!entry.has("storedAs")) {
            return gvr.groupResource();
        }
        String[] parts = entry.path("storedAs").asString().split("/", 2);
        return new GroupResource(parts[0].equals("core") ? "" : parts[0], parts[1]);
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(element -> strings.add(element.asString()));
        return strings;
    }

    private static Set<Verb> verbs(JsonNode array) {
        Set<Verb> verbs = EnumSet.noneOf(Verb.class);
        array.forEach(element -> verbs.add(Verb.ofWireName(element.asString())));
        return verbs;
    }
}
