package io.kybern.controller;

import io.kybern.api.ObjectKey;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Read-your-writes: remembers for each reconciled key the newest revision that its own writes were given, per cache, and
 * holds the key's next pass back until the caches show it. So no pass creates twice what it cannot see yet.
 *
 * <p>Entries expire: a cache that does not get there within the expiry is believed again, because a controller that waits for
 * ever helps nobody. Safe for use by several threads.
 */
public final class WriteFence {

    private static final Logger log = LoggerFactory.getLogger(WriteFence.class);

    /** As long as the expectations of the Kubernetes controllers live. */
    private static final Duration EXPIRY = Duration.ofMinutes(5);

    private final Map<ObjectKey, List<Pending>> pending = new ConcurrentHashMap<>();
    private final Clock clock;

    public WriteFence(Clock clock) {
        this.clock = clock;
    }

    private record Pending(Informer<?> cache, long revision, Instant expires) {}

    /**
     * Notes a write.
     *
     * @param key whose pass wrote; not the key of what was written
     * @param cache of the type that was written
     * @param revision that the server gave the write; 0 if it did not say, then nothing is noted
     */
    public void wrote(ObjectKey key, Informer<?> cache, long revision) {
        if (revision <= 0 || cache.revision() >= revision) {
            return;
        }
        Pending entry = new Pending(cache, revision, clock.instant().plus(EXPIRY));
        pending.compute(key, (k, old) -> {
            List<Pending> entries = new ArrayList<>();
            for (Pending other : old == null ? List.<Pending>of() : old) {
                if (other.cache() != cache) {
                    entries.add(other);
                } else if (other.revision() >= revision) {
                    return old;
                }
            }
            entries.add(entry);
            return List.copyOf(entries);
        });
    }

    /**
     * Waits until the caches show all writes noted for the key.
     *
     * @param atMost how long to wait now
     * @return false if they do not yet; the caller tries again later
     */
    public boolean await(ObjectKey key, Duration atMost) throws InterruptedException {
        List<Pending> entries = pending.get(key);
        if (entries == null) {
            return true;
        }
        for (Pending entry : entries) {
            if (entry.cache().revision() >= entry.revision() || entry.cache().await(entry.revision(), atMost)) {
                continue;
            }
            if (clock.instant().isBefore(entry.expires())) {
                return false;
            }
            log.atWarn()
                    .addKeyValue("key", key)
                    .addKeyValue("revision", entry.revision())
                    .log("The cache never showed an own write; going on with what it shows");
        }
        pending.remove(key, entries);
        return true;
    }

    /** Forgets what was noted for the key, when the object is gone. */
    public void forget(ObjectKey key) {
        pending.remove(key);
    }
}
