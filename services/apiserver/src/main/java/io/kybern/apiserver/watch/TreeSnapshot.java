package io.kybern.apiserver.watch;

import io.kybern.api.ObjectKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * A snapshot on a persistent sorted map.
 *
 * @param objects the objects, in the order of their keys
 */
record TreeSnapshot(long revision, TreePMap<ObjectKey, CachedObject> objects) implements Snapshot {

    /** Sorts before every name that there can be. */
    private static final String FIRST_NAME = "\0";

    @Override
    public Iterable<CachedObject> range(String namespace, @Nullable ObjectKey after) {
        TreePMap<ObjectKey, CachedObject> range = in(namespace);
        if (after == null) {
            return range.values();
        }
        return range.tailMap(after, false).values();
    }

    @Override
    public Optional<CachedObject> get(ObjectKey key) {
        return Optional.ofNullable(objects.get(key));
    }

    @Override
    public int count(String namespace) {
        return in(namespace).size();
    }

    @Override
    public boolean sameObjects(Snapshot other) {
        return other instanceof TreeSnapshot tree
                && (tree.objects == objects || (tree.objects.isEmpty() && objects.isEmpty()));
    }

    private TreePMap<ObjectKey, CachedObject> in(String namespace) {
        return namespace.isEmpty()
                ? objects
                : objects.subMap(
                        new ObjectKey(namespace, FIRST_NAME), true, new ObjectKey(namespace + "\0", FIRST_NAME), false);
    }
}
