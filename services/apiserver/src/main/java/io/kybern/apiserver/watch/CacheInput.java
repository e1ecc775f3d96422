package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the feed tells the cache. Each call returns when the cache has taken it in. */
interface CacheInput {

    /** The whole store, which replaces all that the cache holds: at start, and when the log has a gap. */
    void replace(long revision, Map<GroupResource, Map<ObjectKey, CachedObject>> objects) throws InterruptedException;

    /** The next entries of the log, without gap. */
    void append(List<Entry> entries) throws InterruptedException;

    /**
     * One entry of the log.
     *
     * @param object the object, for a delete its last state; null if it cannot be read
     */
    record Entry(
            long revision,
            GroupResource resource,
            ObjectKey key,
            boolean deleted,
            @Nullable CachedObject object) {}
}
