package io.kybern.apiserver.watch;

import io.kybern.api.ObjectKey;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * One change of a resource, as watches are told of it.
 *
 * @param revision its revision
 * @param before the object before it; null if it was not there
 * @param after the object after it; for a delete its last state at the revision of the delete
 * @param deleted whether the object is gone
 * @param state all objects of the resource after it
 * @param event what a watch is told whose selection the object was in before and after; shared by all of them
 */
record Change(
        long revision,
        @Nullable CachedObject before,
        CachedObject after,
        boolean deleted,
        TreePMap<ObjectKey, CachedObject> state,
        WatchEvent event) {

    static Change of(
            @Nullable CachedObject before,
            CachedObject after,
            boolean deleted,
            TreePMap<ObjectKey, CachedObject> state) {
        WatchEvent event;
        if (deleted) {
            event = new WatchEvent.Deleted(after);
        } else if (before == null) {
            event = new WatchEvent.Added(after);
        } else {
            event = new WatchEvent.Modified(after);
        }
        return new Change(after.revision(), before, after, deleted, state, event);
    }

    /**
     * What a watch with that selection is told; null if nothing. An object that comes into the selection is added, one that leaves
     * it is deleted, with the last state that was in it.
     */
    @Nullable
    WatchEvent seenThrough(Selection selection) {
        boolean was = before != null && selection.matches(before);
        if (deleted) {
            return was ? event : null;
        }
        boolean is = selection.matches(after);
        if (was && is) {
            return event;
        }
        if (is) {
            return event instanceof WatchEvent.Added ? event : new WatchEvent.Added(after);
        }
        return was && before != null ? new WatchEvent.Deleted(before.at(revision)) : null;
    }

    /** About how much memory keeping it takes: the bytes of the state it replaced. */
    int cost() {
        return before == null ? 0 : before.encoded().length;
    }
}
