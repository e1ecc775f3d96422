package io.kybern.controller.recorder;

import io.fabric8.kubernetes.api.model.ObjectReference;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of an event: a new object, one more count on an old one, or nothing. Repeated events count up; events that
 * differ only in their message are combined after the tenth in ten minutes; an object that causes too many is throttled. The
 * numbers are those of the Kubernetes components. Not safe for use by several threads.
 */
final class EventCorrelator {

    private static final int REMEMBERED = 4096;
    private static final int SIMILAR_UNTIL_COMBINED = 10;
    private static final Duration SIMILAR_WITHIN = Duration.ofMinutes(10);
    private static final int BURST_PER_OBJECT = 25;
    private static final Duration REFILL = Duration.ofMinutes(5);

    private final Clock clock;
    private final Map<Source, Bucket> buckets = bounded();
    private final Map<Similar, Group> groups = bounded();
    private final Map<Same, Seen> seen = bounded();

    EventCorrelator(Clock clock) {
        this.clock = clock;
    }

    /** One event as it was reported. */
    record Report(String component, ObjectReference regarding, EventType type, String reason, String message) {}

    /** What is to be done with a report. */
    sealed interface Decision {
        /** Create an event. */
        record Create(Same identity, String message, Instant at) implements Decision {}

        /** Count up the event of that name. */
        record Count(Same identity, String message, Instant at, String name, int count) implements Decision {}

        /** Tell nobody. */
        record Drop() implements Decision {}
    }

    private record Source(String component, String kind, String namespace, String name, String uid) {}

    private record Similar(Source source, EventType type, String reason) {}

    /** What makes two reports the same event: also which part of the object they are about. Combined ones differ in neither. */
    record Same(Object similar, @Nullable String fieldPath, String message) {}

    private record Seen(String name, int count) {}

    private static final class Bucket {
        double tokens = BURST_PER_OBJECT;
        Instant filled;

        Bucket(Instant now) {
            filled = now;
        }
    }

    private static final class Group {
        final Set<String> messages = new HashSet<>();
        Instant last;

        Group(Instant now) {
            last = now;
        }
    }

    Decision decide(Report report) {
        Instant now = clock.instant();
        Similar similar = new Similar(source(report), report.type(), report.reason());
        if (!takeToken(similar.source(), now)) {
            return new Decision.Drop();
        }
        boolean combined = combine(similar, report.message(), now);
        String message = combined ? "(combined from similar events): " + report.message() : report.message();
        Same same = combined
                ? new Same(similar, null, "")
                : new Same(similar, report.regarding().getFieldPath(), report.message());
        Seen before = seen.get(same);
        if (before == null) {
            return new Decision.Create(same, message, now);
        }
        return new Decision.Count(same, message, now, before.name(), before.count() + 1);
    }

    /** The event exists now under the name, with the count. */
    void stored(Same identity, String name, int count) {
        seen.put(identity, new Seen(name, count));
    }

    private boolean takeToken(Source source, Instant now) {
        Bucket bucket = buckets.computeIfAbsent(source, s -> new Bucket(now));
        double refilled = Duration.between(bucket.filled, now).toMillis() / (double) REFILL.toMillis();
        bucket.tokens = Math.min(BURST_PER_OBJECT, bucket.tokens + Math.max(0, refilled));
        bucket.filled = now;
        if (bucket.tokens < 1) {
            return false;
        }
        bucket.tokens -= 1;
        return true;
    }

    private boolean combine(Similar similar, String message, Instant now) {
        Group group = groups.computeIfAbsent(similar, s -> new Group(now));
        if (Duration.between(group.last, now).compareTo(SIMILAR_WITHIN) > 0) {
            group.messages.clear();
        }
        group.last = now;
        if (group.messages.contains(message)) {
            return false;
        }
        if (group.messages.size() + 1 >= SIMILAR_UNTIL_COMBINED) {
            return true;
        }
        group.messages.add(message);
        return false;
    }

    private static Source source(Report report) {
        ObjectReference regarding = report.regarding();
        return new Source(
                report.component(),
                text(regarding.getKind()),
                text(regarding.getNamespace()),
                text(regarding.getName()),
                text(regarding.getUid()));
    }

    private static String text(@Nullable String value) {
        return Objects.requireNonNullElse(value, "");
    }

    private static <K, V> Map<K, V> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > REMEMBERED;
            }
        };
    }
}
