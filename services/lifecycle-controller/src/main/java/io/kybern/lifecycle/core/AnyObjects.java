package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The caches of every type that can own or be owned, and access to the same types at the API server. */
public final class AnyObjects {

    /** The index of every cache that finds objects by the uids of all their owners. */
    public static final String BY_OWNER = "owner-uid";

    /** One type. */
    public record Entry(
            ResourceType type, Informer<? extends HasMetadata> cache, ObjectApi<GenericKubernetesResource> api) {}

    /** An object with its type. */
    public record Found(Entry entry, HasMetadata object) {}

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** Adds a type. */
    public void add(Entry entry) {
        entries.put(name(entry.type()), entry);
    }

    /** All types. */
    public Collection<Entry> all() {
        return entries.values();
    }

    /** The uids of an object's owners, for the index {@link #BY_OWNER}. */
    public static Collection<String> ownerUids(HasMetadata object) {
        return Owners.references(object).stream().map(OwnerReference::getUid).toList();
    }

    /** A key that names an object of any type within one queue. */
    public static ObjectKey key(ResourceType type, ObjectKey key) {
        return new ObjectKey(key.namespace(), name(type) + "/" + key.name());
    }

    private static String name(ResourceType type) {
        return type.groupResource().toString();
    }

    /** The type that a key of {@link #key} names; empty if it is not followed. */
    Optional<Entry> entry(ObjectKey key) {
        return Optional.ofNullable(
                entries.get(key.name().substring(0, key.name().indexOf('/'))));
    }

    /** The object's own key in a key of {@link #key}. */
    static ObjectKey objectKey(ObjectKey key) {
        return new ObjectKey(key.namespace(), key.name().substring(key.name().indexOf('/') + 1));
    }

    /** The type of an owner; empty if it is none that is followed. */
    Optional<Entry> ofOwner(OwnerReference owner) {
        GroupVersionKind wanted = GroupVersionKind.parse(owner.getApiVersion(), owner.getKind());
        return entries.values().stream()
                .filter(entry -> entry.type().kind().equals(wanted.kind())
                        && entry.type().gvr().group().equals(wanted.group()))
                .findFirst();
    }

    /** The key in one queue of the owner that a dependent in that namespace names; empty if its type is not followed. */
    public Optional<ObjectKey> keyOf(OwnerReference owner, String namespace) {
        return ofOwner(owner)
                .map(entry ->
                        key(entry.type(), new ObjectKey(entry.type().namespaced() ? namespace : "", owner.getName())));
    }

    /** Every object that names the owner. */
    List<Found> dependents(String ownerUid) {
        List<Found> found = new ArrayList<>();
        for (Entry entry : entries.values()) {
            for (HasMetadata object : entry.cache().byIndex(BY_OWNER, ownerUid)) {
                found.add(new Found(entry, object));
            }
        }
        return found;
    }
}
