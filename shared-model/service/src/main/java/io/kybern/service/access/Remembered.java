package io.kybern.service.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Answers that are good for a while; the oldest are forgotten when there are many. Safe for use by several threads. */
public final class Remembered<K, V> {

    private static final int MOST = 4096;

    private record Answer<V>(V value, Instant end) {}

    private final Clock clock;
    private final Map<K, Answer<V>> answers = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Answer<V>> eldest) {
            return size() > MOST;
        }
    };

    /** Remembers nothing yet. */
    public Remembered(Clock clock) {
        this.clock = clock;
    }

    /** The answer; empty if there was none, or if it is not good any more. */
    public synchronized Optional<V> get(K question) {
        Answer<V> known = answers.get(question);
        return known == null || !known.end().isAfter(clock.instant()) ? Optional.empty() : Optional.of(known.value());
    }

    /** Remembers an answer for a while. */
    public synchronized void put(K question, V answer, Duration good) {
        answers.remove(question);
        answers.put(question, new Answer<>(answer, clock.instant().plus(good)));
    }
}
