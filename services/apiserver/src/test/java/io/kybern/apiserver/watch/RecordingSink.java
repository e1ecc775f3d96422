package io.kybern.apiserver.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Keeps what a watch tells; can be made to read no further. */
final class RecordingSink implements WatchSink {

    private final List<WatchEvent> events = new ArrayList<>();
    private final AtomicLong demand;
    private final @Nullable Executor executor;
    private boolean closed;

    /** Takes everything. */
    RecordingSink() {
        this(Long.MAX_VALUE / 2, null);
    }

    /** Takes so many events, and more when asked to; on a thread of its own if one is given. */
    RecordingSink(long demand, @Nullable Executor executor) {
        this.demand = new AtomicLong(demand);
        this.executor = executor;
    }

    /** Takes more; the watch is to be resumed. */
    void request(long more) {
        demand.addAndGet(more);
    }

    @Override
    public @Nullable Executor executor() {
        return executor;
    }

    @Override
    public boolean ready() {
        return demand.get() > 0;
    }

    @Override
    public synchronized void next(WatchEvent event) {
        demand.decrementAndGet();
        events.add(event);
    }

    @Override
    public synchronized void closed() {
        closed = true;
    }

    synchronized List<WatchEvent> events() {
        return List.copyOf(events);
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** An event as {@code ADDED a 7}, {@code BOOKMARK 9}. */
    static String text(WatchEvent event) {
        return switch (event) {
            case WatchEvent.Added(CachedObject object) -> "ADDED " + text(object);
            case WatchEvent.Modified(CachedObject object) -> "MODIFIED " + text(object);
            case WatchEvent.Deleted(CachedObject object) -> "DELETED " + text(object);
            case WatchEvent.Bookmark(long revision, boolean end) -> (end ? "END " : "BOOKMARK ") + revision;
            case WatchEvent.Failed(var error) -> "FAILED " + error.getMessage();
        };
    }

    private static String text(CachedObject object) {
        return object.key().name() + " " + object.revision();
    }

    List<String> texts() {
        return events().stream().map(RecordingSink::text).toList();
    }
}
