package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How long a crashing container or a failing pull waits: the first time not at all, then 10 s, doubled up to 5 min; ten
 * quiet minutes forget it. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy">restarts</a>. Owned by one
 * thread.
 */
final class RestartBackOff {

    static final Duration FIRST = Duration.ofSeconds(10);
    static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

    private record Entry(Duration delay, Instant updated) {}

    private final Map<String, Entry> entries = new HashMap<>();

    /** A wait in force: its length and its end. */
    record Wait(Duration delay, Instant until) {}

    /** Under which a container's failures are counted: one that is given another image begins anew. */
    static String key(Container container) {
        return container.getName() + "_" + PodLabels.hash(container);
    }

    /** The wait after an event at the given moment, if it is not over yet. */
    Optional<Wait> waitAfter(String key, Instant event, Instant now) {
        Entry entry = entries.get(key);
        if (entry == null || forgotten(entry, event)) {
            return Optional.empty();
        }
        Instant until = event.plus(entry.delay());
        return now.isBefore(until) ? Optional.of(new Wait(entry.delay(), until)) : Optional.empty();
    }

    /** Counts a failure: from now on the next wait is in force. */
    void failed(String key, Instant event) {
        Entry entry = entries.get(key);
        Duration delay = FIRST;
        if (entry != null && !forgotten(entry, event)) {
            Duration twice = entry.delay().multipliedBy(2);
            delay = twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
        }
        entries.put(key, new Entry(delay, event));
    }

    /** Forgets the key: it works. */
    void forget(String key) {
        entries.remove(key);
    }

    private static boolean forgotten(Entry entry, Instant event) {
        return event.isAfter(entry.updated().plus(FORGOTTEN_AFTER));
    }
}
