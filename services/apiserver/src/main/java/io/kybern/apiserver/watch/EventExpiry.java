package io.kybern.apiserver.watch;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes objects of a resource some time after their last write, as Kubernetes does with events. It watches the resource and keeps
 * an index by time, so a round costs what it deletes. Each delete is an ordinary one, at the revision that expired: a newer write
 * wins, watches see it, and it does no harm that every API server tries.
 */
final class EventExpiry implements WatchSink, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventExpiry.class);

    private static final Duration INTERVAL = Duration.ofSeconds(10);

    /** Deletes of one round, at once in flight: expiry must not crowd out the requests of users. */
    private static final int ROUND = 200;

    private final ResourceType type;
    private final ObjectStore store;
    private final WatchCache cache;
    private final Duration retention;
    private final Clock clock;
    private final ScheduledExecutorService thread;

    // belongs to the thread
    private final PriorityQueue<Deadline> queue = new PriorityQueue<>(Comparator.comparing(Deadline::at));
    private final Map<ObjectKey, Deadline> newest = new HashMap<>();
    private volatile @Nullable Watch watch;

    private record Deadline(CachedObject object, Instant at) {}

    EventExpiry(ResourceType type, ObjectStore store, WatchCache cache, Duration retention, Clock clock) {
        this.type = type;
        this.store = store;
        this.cache = cache;
        this.retention = retention;
        this.clock = clock;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("event-expiry").factory());
    }

    /** Begins to watch and to delete. */
    void start() {
        thread.execute(this::rewatch);
        thread.scheduleWithFixedDelay(
                this::expireQuietly, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void rewatch() {
        queue.clear();
        newest.clear();
        watch = cache.watch(type.storage(), Watch.ANY, Selection.everything(), WatchOptions.none(), this);
    }

    @Override
    public void next(WatchEvent event) {
        thread.execute(() -> {
            switch (event) {
                case WatchEvent.Added(CachedObject object) -> remember(object);
                case WatchEvent.Modified(CachedObject object) -> remember(object);
                case WatchEvent.Deleted(CachedObject object) -> newest.remove(object.key());
                case WatchEvent.Bookmark bookmark -> {}
                case WatchEvent.Failed(StorageException error) ->
                    LOG.atWarn().addKeyValue("cause", error.getMessage()).log("the watch for expiry failed");
            }
        });
    }

    @Override
    public void closed() {
        if (!thread.isShutdown()) {
            thread.schedule(this::rewatch, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void remember(CachedObject object) {
        Deadline deadline = new Deadline(object, lastChange(object).plus(retention));
        newest.put(object.key(), deadline);
        queue.add(deadline);
    }

    /** When the object was written: its own times say so even after a restart, and never lie in the future. */
    private Instant lastChange(CachedObject object) {
        Instant now = clock.instant();
        ObjectNode tree = object.tree();
        Instant latest = Instant.MIN;
        for (String text : List.of(
                tree.path("metadata").path("creationTimestamp").asString(""),
                tree.path("lastTimestamp").asString(""),
                tree.path("eventTime").asString(""),
                tree.path("series").path("lastObservedTime").asString(""))) {
            Instant time = parse(text);
            if (time.isAfter(latest) && !time.isAfter(now)) {
                latest = time;
            }
        }
        return latest.equals(Instant.MIN) ? now : latest;
    }

    private static Instant parse(String text) {
        try {
            return text.isEmpty() ? Instant.MIN : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return Instant.MIN;
        }
    }

    /** How many objects it will delete some day. */
    int remembered() {
        return onThread(newest::size);
    }

    /** Whether it has seen the object at that revision. */
    boolean knows(long revision) {
        return onThread(
                () -> newest.values().stream().anyMatch(each -> each.object().revision() == revision));
    }

    /** Deletes what has expired, at most one round; answers how many objects. */
    int expire() {
        return onThread(this::expireRound);
    }

    private <T> T onThread(Supplier<T> question) {
        return CompletableFuture.supplyAsync(question, thread).join();
    }

    /** A periodic task that fails once is never run again. */
    private void expireQuietly() {
        try {
            expireRound();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("old objects could not be deleted; trying again");
        }
    }

    private int expireRound() {
        Instant now = clock.instant();
        List<CompletableFuture<?>> deletes = new ArrayList<>();
        for (Deadline next = queue.peek();
                next != null && !next.at().isAfter(now) && deletes.size() < ROUND;
                next = queue.peek()) {
            queue.poll();
            CachedObject object = next.object();
            if (newest.get(object.key()) == next) {
                newest.remove(object.key());
                deletes.add(delete(object));
            }
        }
        deletes.forEach(CompletableFuture::join);
        return deletes.size();
    }

    private CompletableFuture<?> delete(CachedObject object) {
        return store.delete(type, object.key(), object.revision(), object.tree())
                .handle((done, failure) -> {
                    if (failure != null && retry(StorageException.of(failure))) {
                        thread.execute(() -> {
                            Deadline again =
                                    new Deadline(object, clock.instant().plus(INTERVAL));
                            if (newest.putIfAbsent(object.key(), again) == null) {
                                queue.add(again);
                            }
                        });
                    }
                    return null;
                });
    }

    /** Whatever was written or deleted meanwhile is told by the watch; everything else is tried again. */
    private static boolean retry(StorageException failure) {
        return switch (failure) {
            case StorageException.NotFound e -> false;
            case StorageException.Conflict e -> false;
            case StorageException.Exists e -> false;
            case StorageException.Unreachable e -> true;
            case StorageException.Timeout e -> true;
            case StorageException.Corrupt e -> false;
            case StorageException.RevisionTooOld e -> false;
            case StorageException.RevisionTooLarge e -> false;
        };
    }

    @Override
    public void close() {
        thread.shutdownNow();
        Watch open = watch;
        if (open != null) {
            open.close();
        }
    }
}
