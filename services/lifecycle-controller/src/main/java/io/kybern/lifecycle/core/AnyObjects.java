package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The caches of every type that can own or be owned, and access to the same types at the API server. */
public final class AnyObjects {

    /** The index of every cache that finds objects by the uids of all their owners. */
    public static final String BY_OWNER = "owner-uid";

    /** One type. */
    public record Entry(
            ResourceType type, Informer<? extends HasMetadata> cache, ObjectApi<? extends HasMetadata> api) {}

    /** An object with its type. */
    public record Found(Entry entry, HasMetadata object) {}

    private record GroupKind(String group, String kind) {}

    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final Map<GroupKind, Entry> byKind = new ConcurrentHashMap<>();

    /** Adds a type. */
    public void add(Entry entry) {
        entries.put(name(entry.type()), entry);
        byKind.put(new GroupKind(entry.type().gvr().group(), entry.type().kind()), entry);
    }

    /** No longer follows a type. That its objects are gone can still be learnt from the API server. */
    public void remove(Entry entry) {
        entries.remove(name(entry.type()), entry);
    }

    /** All types. */
    public Collection<Entry> all() {
        return List.copyOf(entries.values());
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
        return Optional.ofNullable(byKind.get(new GroupKind(wanted.group(), wanted.kind())));
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

    /** Whether every cache shows everything that happened up to the revision. */
    boolean show(long revision) {
        return entries.values().stream().allMatch(entry -> entry.cache().revision() >= revision);
    }

    /** The keys in one queue of all objects that have an owner or are being deleted. */
    public Collection<ObjectKey> all(Entry entry) {
        return entry.cache().list().stream()
                .filter(AnyObjects::isOfConcern)
                .map(object -> key(entry.type(), ObjectKeys.of(object)))
                .toList();
    }

    /** The keys in one queue that a change concerns: the object itself; when it is gone, its dependents, and its owners. */
    public Collection<ObjectKey> concerned(Entry entry, ObjectChange<? extends HasMetadata> change) {
        HasMetadata after = change.after();
        if (after != null) {
            boolean worthALook = isOfConcern(after) && !saysTheSame(change.before(), after);
            return worthALook ? List.of(key(entry.type(), change.key())) : List.of();
        }
        HasMetadata gone = change.newest();
        Set<ObjectKey> keys = new LinkedHashSet<>();
        for (Found dependent : dependents(gone.getMetadata().getUid())) {
            keys.add(key(dependent.entry().type(), ObjectKeys.of(dependent.object())));
        }
        for (OwnerReference owner : Owners.references(gone)) {
            ofOwner(owner)
                    .map(type -> key(
                            type.type(),
                            new ObjectKey(
                                    type.type().namespaced() ? change.key().namespace() : "", owner.getName())))
                    .ifPresent(keys::add);
        }
        return keys;
    }

    private static boolean isOfConcern(HasMetadata object) {
        return !Owners.references(object).isEmpty() || Owners.isTerminating(object);
    }

    /** Most changes are of the status; a state told once more, to be sure, is not one of them. */
    private static boolean saysTheSame(@Nullable HasMetadata before, HasMetadata after) {
        return before != null
                && !Objects.equals(
                        before.getMetadata().getResourceVersion(),
                        after.getMetadata().getResourceVersion())
                && Owners.references(before).equals(Owners.references(after))
                && Objects.equals(
                        before.getMetadata().getDeletionTimestamp(),
                        after.getMetadata().getDeletionTimestamp())
                && Objects.equals(
                        before.getMetadata().getFinalizers(),
                        after.getMetadata().getFinalizers());
    }
}
