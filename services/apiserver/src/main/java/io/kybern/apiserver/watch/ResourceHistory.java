package io.kybern.apiserver.watch;

import io.kybern.api.ObjectKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * One resource's objects and recent changes. Belongs to the cache's thread; the maps that it hands out are immutable.
 *
 * <p>It knows every change after {@link #base}, none before.
 */
final class ResourceHistory {

    private final int maxChanges;
    private final long maxBytes;
    private final Deque<Change> changes = new ArrayDeque<>();
    private long base;
    private TreePMap<ObjectKey, CachedObject> baseState;
    private TreePMap<ObjectKey, CachedObject> state;
    private long bytes;

    /**
     * Begins with a state.
     *
     * @param base the revision of that state
     * @param maxChanges how many changes are kept
     * @param maxBytes how many bytes of replaced states are kept
     */
    ResourceHistory(long base, TreePMap<ObjectKey, CachedObject> state, int maxChanges, long maxBytes) {
        this.base = base;
        this.baseState = state;
        this.state = state;
        this.maxChanges = maxChanges;
        this.maxBytes = maxBytes;
    }

    /** The present objects. */
    TreePMap<ObjectKey, CachedObject> state() {
        return state;
    }

    /** The oldest revision from which every change is known. */
    long base() {
        return base;
    }

    /** Takes in a write. */
    Change put(CachedObject object) {
        CachedObject before = state.get(object.key());
        state = state.plus(object.key(), object);
        return remember(Change.of(before, object, false, state));
    }

    /** Takes in a delete; empty if the object was not there, so that nobody can have seen it. */
    Optional<Change> remove(ObjectKey key, @Nullable CachedObject lastState, long revision) {
        CachedObject before = state.get(key);
        if (before == null) {
            return Optional.empty();
        }
        state = state.minus(key);
        CachedObject last = lastState == null ? before.at(revision) : lastState;
        return Optional.of(remember(Change.of(before, last, true, state)));
    }

    private Change remember(Change change) {
        changes.addLast(change);
        bytes += change.cost();
        while (changes.size() > maxChanges || (bytes > maxBytes && changes.size() > 1)) {
            Change forgotten = changes.removeFirst();
            bytes -= forgotten.cost();
            base = forgotten.revision();
            baseState = forgotten.state();
        }
        return change;
    }

    /** The changes after a revision, oldest first; empty if some of them are no longer known. */
    Optional<List<Change>> since(long revision) {
        if (revision < base) {
            return Optional.empty();
        }
        List<Change> since = new ArrayList<>();
        for (Iterator<Change> newestFirst = changes.descendingIterator(); newestFirst.hasNext(); ) {
            Change change = newestFirst.next();
            if (change.revision() <= revision) {
                break;
            }
            since.add(change);
        }
        Collections.reverse(since);
        return Optional.of(since);
    }

    /** The objects at exactly a revision that the cache has reached; empty if that is no longer known. */
    Optional<TreePMap<ObjectKey, CachedObject>> at(long revision) {
        if (revision < base) {
            return Optional.empty();
        }
        for (Iterator<Change> newestFirst = changes.descendingIterator(); newestFirst.hasNext(); ) {
            Change change = newestFirst.next();
            if (change.revision() <= revision) {
                return Optional.of(change.state());
            }
        }
        return Optional.of(baseState);
    }
}
