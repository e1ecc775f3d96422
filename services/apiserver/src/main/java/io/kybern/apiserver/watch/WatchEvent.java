package io.kybern.apiserver.watch;

import io.kybern.apiserver.storage.StorageException;

/** What a watch tells its reader. One instance is shared by all watches that tell the same. */
public sealed interface WatchEvent {

    /** An object that is new, or new to the watch's selection. */
    record Added(CachedObject object) implements WatchEvent {}

    /** An object that changed and was in the selection before and after. */
    record Modified(CachedObject object) implements WatchEvent {}

    /** An object that is gone, or left the selection: its last state in it, at the revision of that change. */
    record Deleted(CachedObject object) implements WatchEvent {}

    /**
     * Everything up to the revision has been told.
     *
     * @param initialEventsEnd whether this ends the initial state that {@link WatchOptions#sendInitialEvents} asked for
     */
    record Bookmark(long revision, boolean initialEventsEnd) implements WatchEvent {}

    /** The watch cannot go on; it is the last event. */
    record Failed(StorageException error) implements WatchEvent {}
}
