package io.kybern.apiserver.watch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Remembers for some time which revision was the newest one when, so that old states are told from recent ones even where nothing
 * changes: clients that go on with an old list are to begin anew. Belongs to the cache's thread.
 */
final class RecentRevisions {

    private final int ticks;
    private final Deque<Long> newest = new ArrayDeque<>();
    private long oldest;

    /**
     * Remembers nothing yet.
     *
     * @param retention how long
     * @param interval the time between two ticks
     */
    RecentRevisions(Duration retention, Duration interval) {
        this.ticks = Math.toIntExact(Math.max(1, retention.dividedBy(interval)));
    }

    /** One interval has passed. */
    void tick(long revision) {
        newest.addLast(revision);
        if (newest.size() > ticks) {
            oldest = newest.removeFirst();
        }
    }

    /** Begins anew, as the store did: its revisions may be smaller now. */
    void clear() {
        newest.clear();
        oldest = 0;
    }

    /** The oldest revision that is still recent: everything before was replaced by it longer ago than the retention. */
    long oldest() {
        return oldest;
    }
}
