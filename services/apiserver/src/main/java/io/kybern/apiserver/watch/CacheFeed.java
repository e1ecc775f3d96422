package io.kybern.apiserver.watch;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.LogEntry;
import io.kybern.apiserver.storage.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the store's log and feeds the cache. Reads the whole store first; and again when the log has a gap after what was read
 * (it was trimmed) or the store's revision is behind it (the store lost its volume).
 *
 * <p>The whole store is read while others write. So the log is followed from before that, and an entry only counts for an object
 * that is older than it; the result is a state of the store when all entries up to the end of the reading are in.
 */
final class CacheFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CacheFeed.class);

    private static final int BATCH = 500;
    private static final Duration BLOCK = Duration.ofSeconds(2);
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(100);
    /** No longer, as everybody waits for the cache once the store is back. */
    private static final int MAX_DOUBLINGS = 3;

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(3);

    private final EventLog log;
    private final CachedObjectReader objects;
    private final CacheInput cache;
    private final CountDownLatch stop = new CountDownLatch(1);
    private @Nullable Thread thread;
    /** In a row; of the feed's own thread. */
    private int failures;

    CacheFeed(EventLog log, CachedObjectReader objects, CacheInput cache) {
        this.log = log;
        this.objects = objects;
        this.cache = cache;
    }

    /** Starts to follow, on a thread of its own. */
    void start() {
        thread = Thread.ofPlatform().daemon().name("watch-cache-feed").start(this::run);
    }

    private void run() {
        boolean stopped = false;
        while (!stopped) {
            try (EventLog.Reader reader = log.open()) {
                follow(reader, load(reader));
                stopped = stop.getCount() == 0;
            } catch (InterruptedException e) {
                stopped = true;
            } catch (RuntimeException e) {
                stopped = failed("the store cannot be read; trying again", e);
            }
        }
    }

    /** Waits, the longer the more often it has failed in a row; answers whether to stop. */
    private boolean failed(String what, RuntimeException cause) {
        int doublings = Math.min(failures, MAX_DOUBLINGS);
        failures++;
        // an outage of hours says so now and then only
        if (Integer.bitCount(failures) == 1) {
            LOG.atWarn()
                    .addKeyValue("cause", cause.getMessage())
                    .addKeyValue("failures", failures)
                    .log(what);
        }
        try {
            return stop.await(FIRST_BACK_OFF.toMillis() << doublings, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** Reads the whole store; answers the revision that the cache then is at. */
    private long load(EventLog.Reader reader) throws InterruptedException {
        long from = currentRevision();
        Map<GroupResource, Map<ObjectKey, CachedObject>> all = new HashMap<>();
        log.scan((resource, stored) -> objects.read(resource, stored.key(), stored.revision(), stored.json())
                .ifPresent(object -> newest(all, resource, object)));
        long until = currentRevision();
        long reached = from;
        while (reached < until) {
            List<LogEntry> entries = reader.read(reached, BATCH, BLOCK);
            if (entries.isEmpty() || entries.getFirst().revision() != reached + 1) {
                throw StorageException.revisionTooOld(
                        reached, entries.isEmpty() ? until : entries.getFirst().revision());
            }
            for (LogEntry entry : entries) {
                replay(all, entry);
                reached = entry.revision();
            }
        }
        cache.replace(reached, all);
        LOG.atInfo().addKeyValue("revision", reached).log("the watch cache holds the whole store");
        return reached;
    }

    private static void newest(
            Map<GroupResource, Map<ObjectKey, CachedObject>> all, GroupResource resource, CachedObject object) {
        all.computeIfAbsent(resource, none -> new HashMap<>())
                .merge(object.key(), object, (old, seen) -> seen.revision() > old.revision() ? seen : old);
    }

    private void replay(Map<GroupResource, Map<ObjectKey, CachedObject>> all, LogEntry entry) {
        Map<ObjectKey, CachedObject> resource = all.computeIfAbsent(entry.resource(), none -> new HashMap<>());
        CachedObject held = resource.get(entry.key());
        if (held != null && held.revision() > entry.revision()) {
            return;
        }
        if (entry.verb() == LogEntry.Verb.DELETED) {
            resource.remove(entry.key());
        } else {
            objects.read(entry.resource(), entry.key(), entry.revision(), entry.json())
                    .ifPresent(object -> resource.put(entry.key(), object));
        }
    }

    /** Follows the log until it cannot be followed from where it stands, or until the end. */
    private void follow(EventLog.Reader reader, long from) throws InterruptedException {
        long reached = from;
        boolean sound = true;
        while (sound && stop.getCount() > 0) {
            try {
                List<LogEntry> entries = reader.read(reached, BATCH, BLOCK);
                failures = 0;
                if (entries.isEmpty()) {
                    sound = isNewest(reader, reached);
                } else if (entries.getFirst().revision() == reached + 1) {
                    cache.append(decoded(entries));
                    reached = entries.getLast().revision();
                } else {
                    sound = false;
                }
            } catch (StorageException.Unreachable | StorageException.Timeout e) {
                if (failed("the log cannot be read; trying again", e)) {
                    return;
                }
            }
        }
    }

    /** Whether nothing is missing when a read after a revision finds nothing. */
    private boolean isNewest(EventLog.Reader reader, long reached) {
        long current = currentRevision();
        if (current <= reached) {
            return current == reached;
        }
        List<LogEntry> late = reader.read(reached, 1, Duration.ZERO);
        return !late.isEmpty() && late.getFirst().revision() == reached + 1;
    }

    private List<CacheInput.Entry> decoded(List<LogEntry> entries) {
        List<CacheInput.Entry> decoded = new ArrayList<>(entries.size());
        for (LogEntry entry : entries) {
            CachedObject object = objects.read(entry.resource(), entry.key(), entry.revision(), entry.json())
                    .orElse(null);
            decoded.add(new CacheInput.Entry(
                    entry.revision(), entry.resource(), entry.key(), entry.verb() == LogEntry.Verb.DELETED, object));
        }
        return decoded;
    }

    private long currentRevision() {
        try {
            return log.currentRevision().join();
        } catch (RuntimeException e) {
            throw StorageException.of(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stop.countDown();
        Thread running = thread;
        if (running != null) {
            running.join(STOP_PATIENCE);
            running.interrupt();
        }
    }
}
