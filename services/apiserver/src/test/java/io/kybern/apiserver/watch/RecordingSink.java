package io.kybern.apiserver.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Keeps what a watch tells; can be made to read no further. */
final class RecordingSink implements WatchSink {

    private final List<WatchEvent> events = new ArrayList<>();
    private final CountDownLatch gate;
    private boolean closed;

    RecordingSink() {
        this(new CountDownLatch(0));
    }

    RecordingSink(CountDownLatch gate) {
        this.gate = gate;
    }

    @Override
    public void next(WatchEvent event) throws InterruptedException {
        gate.await();
        synchronized (this) {
            events.add(event);
        }
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
