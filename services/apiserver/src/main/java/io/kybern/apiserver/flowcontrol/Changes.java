package io.kybern.apiserver.flowcontrol;

import io.kybern.api.GroupResource;
import io.kybern.apiserver.watch.Selection;
import io.kybern.apiserver.watch.Watch;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchEvent;
import io.kybern.apiserver.watch.WatchOptions;
import io.kybern.apiserver.watch.WatchSink;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the changes of some resources, so that one knows when what was read of them is old. */
final class Changes implements AutoCloseable {

    private final WatchCache cache;
    private final Map<GroupResource, Watch> watches = new HashMap<>();
    private final AtomicLong count = new AtomicLong(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    Changes(WatchCache cache) {
        this.cache = cache;
    }

    /** The number of changes so far. */
    long count() {
        return count.get();
    }

    /** Begins to count. */
    void follow(GroupResource resource) {
        WatchSink sink = new WatchSink() {
            @Override
            public void next(WatchEvent event) {
                count.incrementAndGet();
            }

            @Override
            public void closed() {
                if (!closed.get()) {
                    count.incrementAndGet();
                    follow(resource);
                }
            }
        };
        synchronized (watches) {
            if (!closed.get()) {
                watches.put(
                        resource, cache.watch(resource, Watch.ANY, Selection.everything(), WatchOptions.none(), sink));
            }
        }
    }

    @Override
    public void close() {
        closed.set(true);
        synchronized (watches) {
            watches.values().forEach(Watch::close);
        }
    }
}
