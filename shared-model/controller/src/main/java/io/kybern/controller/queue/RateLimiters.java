package io.kybern.controller.queue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The limiters that controllers use; the numbers are those of the Kubernetes controllers. */
public final class RateLimiters {

    /** A conflict is often settled at once, so the first retry comes soon. */
    private static final Duration FIRST_DELAY = Duration.ofMillis(5);

    /** Long enough that what never works costs nothing, short enough that it is seen to be retried. */
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(1000);

    private static final double RETRIES_PER_SECOND = 10;
    private static final int RETRY_BURST = 100;

    private RateLimiters() {}

    /** Doubling delays per key from 5 ms to 1000 s, and over all keys 10 retries a second with bursts of 100. */
    public static <K> RateLimiter<K> forControllers(Clock clock) {
        return slowestOf(
                List.of(exponential(FIRST_DELAY, LONGEST_DELAY), bucket(RETRIES_PER_SECOND, RETRY_BURST, clock)));
    }

    /** Doubles the delay with each failure of the key. */
    public static <K> RateLimiter<K> exponential(Duration first, Duration longest) {
        return new Exponential<>(first, longest);
    }

    /** Lets a number of retries pass each second, whatever their keys; unused ones add up to the burst. */
    public static <K> RateLimiter<K> bucket(double perSecond, int burst, Clock clock) {
        return new Bucket<>(perSecond, burst, clock);
    }

    /** Asks all of them and takes the longest delay. */
    public static <K> RateLimiter<K> slowestOf(List<RateLimiter<K>> limiters) {
        return new SlowestOf<>(limiters);
    }

    private static final class Exponential<K> implements RateLimiter<K> {
        private final Map<K, Integer> failures = new ConcurrentHashMap<>();
        private final Duration first;
        private final Duration longest;

        Exponential(Duration first, Duration longest) {
            this.first = first;
            this.longest = longest;
        }

        @Override
        public Duration when(K key) {
            int earlier = failures.merge(key, 1, Integer::sum) - 1;
            // a shift of more than 40 is past any sensible longest delay, and would overflow in the end
            if (earlier > 40) {
                return longest;
            }
            Duration delay = first.multipliedBy(1L << earlier);
            return delay.compareTo(longest) > 0 ? longest : delay;
        }

        @Override
        public void forget(K key) {
            failures.remove(key);
        }

        @Override
        public int retries(K key) {
            return failures.getOrDefault(key, 0);
        }
    }

    private static final class Bucket<K> implements RateLimiter<K> {
        private final double perSecond;
        private final int burst;
        private final Clock clock;
        private double tokens;
        private Instant filled;

        Bucket(double perSecond, int burst, Clock clock) {
            this.perSecond = perSecond;
            this.burst = burst;
            this.clock = clock;
            this.tokens = burst;
            this.filled = clock.instant();
        }

        /** Takes a token in advance if there is none, so that later callers wait behind this one. */
        @Override
        public synchronized Duration when(K key) {
            Instant now = clock.instant();
            double seconds = Duration.between(filled, now).toNanos() / 1e9;
            tokens = Math.min(burst, tokens + Math.max(0, seconds) * perSecond);
            filled = now;
            tokens -= 1;
            return tokens >= 0 ? Duration.ZERO : Duration.ofNanos((long) (-tokens / perSecond * 1e9));
        }

        @Override
        public void forget(K key) {
            // a bucket knows no keys
        }

        @Override
        public int retries(K key) {
            return 0;
        }
    }

    private static final class SlowestOf<K> implements RateLimiter<K> {
        private final List<RateLimiter<K>> limiters;

        SlowestOf(List<RateLimiter<K>> limiters) {
            this.limiters = List.copyOf(limiters);
        }

        @Override
        public Duration when(K key) {
            Duration slowest = Duration.ZERO;
            for (RateLimiter<K> limiter : limiters) {
                Duration delay = limiter.when(key);
                slowest = delay.compareTo(slowest) > 0 ? delay : slowest;
            }
            return slowest;
        }

        @Override
        public void forget(K key) {
            limiters.forEach(limiter -> limiter.forget(key));
        }

        @Override
        public int retries(K key) {
            return limiters.stream()
                    .mapToInt(limiter -> limiter.retries(key))
                    .max()
                    .orElse(0);
        }
    }
}
