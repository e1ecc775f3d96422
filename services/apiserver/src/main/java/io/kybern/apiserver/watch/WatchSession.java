package io.kybern.apiserver.watch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch: a bounded buffer between the cache's thread and a reader. The cache's thread offers events and never waits; a task on
 * another thread, at most one at a time, hands them to the sink while that takes them. First comes the backlog, which is not copied and does not count.
 */
final class WatchSession implements Watch {

    private static final Logger LOG = LoggerFactory.getLogger(WatchSession.class);

    /** So many events and a connection's thread turns to its other connections. */
    private static final int LONGEST_TURN = 256;

    private final Selection selection;
    private final boolean bookmarks;
    private final WatchSink sink;
    private final int capacity;
    private final Executor deliveries;
    private final Consumer<WatchSession> onClose;

    private final Object lock = new Object();
    private final Deque<WatchEvent> buffer = new ArrayDeque<>();
    private Iterator<WatchEvent> backlog = List.<WatchEvent>of().iterator();
    private boolean delivering;
    private boolean waiting;
    private boolean closed;

    /** Changes up to here have been told or are none of this watch's; belongs to the cache's thread. */
    private long after;

    WatchSession(
            Selection selection,
            boolean bookmarks,
            WatchSink sink,
            int capacity,
            Executor deliveries,
            Consumer<WatchSession> onClose) {
        this.selection = selection;
        this.bookmarks = bookmarks;
        this.sink = sink;
        this.capacity = capacity;
        this.deliveries = deliveries;
        this.onClose = onClose;
    }

    /** Whether it hears of most changes, rather than of those of single objects or of few. */
    boolean isBroad() {
        return selection.name() == null && selection.fields().isEverything();
    }

    /** Begins with what lies before the first offered change; on the cache's thread, once. */
    void begin(Iterator<WatchEvent> first, long toldUpTo) {
        after = toldUpTo;
        synchronized (lock) {
            backlog = first;
            deliverLocked();
        }
    }

    /** Tells of a change; on the cache's thread. */
    void offer(Change change) {
        if (change.revision() > after) {
            WatchEvent event = change.seenThrough(selection);
            if (event != null) {
                offer(event);
            }
        }
    }

    /** Tells a bookmark, if the reader wants it and has nothing older before it in the future; on the cache's thread. */
    void offer(WatchEvent.Bookmark bookmark) {
        if (bookmarks && bookmark.revision() >= after) {
            offer((WatchEvent) bookmark);
        }
    }

    /** Tells why the watch cannot go on, and ends it. */
    void fail(WatchEvent.Failed failure) {
        synchronized (lock) {
            if (!closed) {
                buffer.addLast(failure);
                deliverLocked();
            }
        }
    }

    private void offer(WatchEvent event) {
        boolean full;
        synchronized (lock) {
            if (closed) {
                return;
            }
            full = buffer.size() >= capacity;
            if (!full) {
                buffer.addLast(event);
                deliverLocked();
            }
        }
        if (full) {
            close();
        }
    }

    @Override
    public void resume() {
        synchronized (lock) {
            if (waiting) {
                waiting = false;
                deliverLocked();
            }
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            buffer.clear();
            deliverLocked();
        }
        onClose.accept(this);
    }

    private void deliverLocked() {
        if (!delivering && (closed || !waiting)) {
            delivering = true;
            execute();
        }
    }

    private void execute() {
        try {
            deliveries.execute(this::deliver);
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("a watch's thread is gone and its watch is closed");
            synchronized (lock) {
                closed = true;
                buffer.clear();
            }
            onClose.accept(this);
        }
    }

    private void deliver() {
        boolean over;
        try {
            over = turn();
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("a watch's reader failed and its watch is closed");
            over = true;
        }
        if (over) {
            synchronized (lock) {
                // stays "delivering", so that no other task begins and closed() comes once
                closed = true;
                buffer.clear();
            }
            onClose.accept(this);
            sink.closed();
        }
    }

    /** Hands over what there is, but not so much that others on the same thread wait long; answers whether the watch is over. */
    private boolean turn() {
        for (int told = 0; told < LONGEST_TURN; told++) {
            WatchEvent event = sink.ready() ? poll() : null;
            if (event != null) {
                sink.next(event);
                if (event instanceof WatchEvent.Failed) {
                    sink.flush();
                    return true;
                }
                continue;
            }
            sink.flush();
            switch (afterAll()) {
                case OVER -> {
                    return true;
                }
                case REST -> {
                    return false;
                }
                case MORE -> {}
            }
        }
        sink.flush();
        execute();
        return false;
    }

    private @Nullable WatchEvent poll() {
        synchronized (lock) {
            if (closed) {
                return null;
            }
            return backlog.hasNext() ? backlog.next() : buffer.pollFirst();
        }
    }

    /** How it goes on now that everything was sent. At rest, the next event or the reader begins a new turn. */
    private Next afterAll() {
        synchronized (lock) {
            if (closed) {
                return Next.OVER;
            }
            waiting = !sink.ready();
            if (waiting || (!backlog.hasNext() && buffer.isEmpty())) {
                delivering = false;
                return Next.REST;
            }
            return Next.MORE;
        }
    }

    private enum Next {
        OVER,
        REST,
        MORE
    }
}
