package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The objects that were found in the store and that no key opens. They are in no cache, so whoever answers from one asks here before
 * an object is said to be absent. What is noted may have been written or deleted since: the store knows.
 */
public final class UnreadableObjects {

    private final Map<GroupResource, Set<ObjectKey>> noted = new ConcurrentHashMap<>();
    private volatile boolean any;

    /** What is noted of a resource; nearly always nothing. */
    public Set<ObjectKey> of(GroupResource resource) {
        return noted.getOrDefault(resource, Set.of());
    }

    /** The object is no longer in the store. */
    public void forget(GroupResource resource, ObjectKey key) {
        noted.computeIfPresent(resource, (none, keys) -> {
            keys.remove(key);
            return keys.isEmpty() ? null : keys;
        });
    }

    void note(GroupResource resource, ObjectKey key) {
        any = true;
        noted.compute(resource, (none, keys) -> {
            Set<ObjectKey> noting = keys == null ? ConcurrentHashMap.newKeySet() : keys;
            noting.add(key);
            return noting;
        });
    }

    /** Everything is about to be read. */
    void clear() {
        noted.clear();
    }

    /** Whether there ever was one. */
    boolean any() {
        return any;
    }
}
