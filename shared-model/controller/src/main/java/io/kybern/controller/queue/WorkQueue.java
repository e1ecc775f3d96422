package io.kybern.controller.queue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keys that wait for a worker.
 *
 * <ul>
 *   <li>A key is in the queue at most once, however often it is added.
 *   <li>No two workers have one key at the same time.
 *   <li>A key that is added while a worker has it is handed out once more after {@link #done}.
 *   <li>Nothing is dropped for lack of room. Order is first in, first out, apart from delays.
 *   <li>After {@link #shutDown} nothing is added, what is queued is still handed out, then workers get null.
 * </ul>
 *
 * A worker calls {@link #take}, works, calls {@link #forget} or {@link #addRateLimited}, and always {@link #done}. Safe for
 * use by any number of threads. Delays follow the given clock; only a blocked {@link #take} measures them in real time.
 *
 * @param <K> the type of the keys, with value equality
 */
public final class WorkQueue<K> {

    private final Clock clock;
    private final RateLimiter<K> limiter;
    private final QueueListener listener;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<K> ready = new ArrayDeque<>();
    /** Keys that need a pass, with the time since when: those in {@code ready}, and those to be added again when done. */
    private final Map<K, Instant> wanted = new HashMap<>();

    private final Map<K, Instant> working = new HashMap<>();
    private final PriorityQueue<Delayed<K>> delayed = new PriorityQueue<>();
    /** The one entry of each key in {@code delayed} that counts; others are left over from a later time and skipped. */
    private final Map<K, Instant> delayedUntil = new HashMap<>();

    private boolean shutDown;

    public WorkQueue(RateLimiter<K> limiter, Clock clock, QueueListener listener) {
        this.limiter = limiter;
        this.clock = clock;
        this.listener = listener;
    }

    private record Delayed<K>(Instant at, K key) implements Comparable<Delayed<K>> {
        @Override
        public int compareTo(Delayed<K> other) {
            return at.compareTo(other.at);
        }
    }

    /** Asks for a pass over the key as soon as possible. */
    public void add(K key) {
        lock.lock();
        try {
            addLocked(key);
        } finally {
            lock.unlock();
        }
    }

    /** Asks for a pass over the key after the delay; if one is already asked for, the earlier counts. */
    public void addAfter(K key, Duration delay) {
        lock.lock();
        try {
            if (shutDown) {
                return;
            }
            if (delay.isNegative() || delay.isZero()) {
                addLocked(key);
                return;
            }
            Instant at = clock.instant().plus(delay);
            Instant known = delayedUntil.get(key);
            if (known != null && !at.isBefore(known)) {
                return;
            }
            delayedUntil.put(key, at);
            delayed.add(new Delayed<>(at, key));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Asks for another pass over a key that failed, after the delay that its failures call for. */
    public void addRateLimited(K key) {
        Duration delay = limiter.when(key);
        lock.lock();
        try {
            listener.retried();
        } finally {
            lock.unlock();
        }
        addAfter(key, delay);
    }

    /** The key succeeded: its next failure is its first. */
    public void forget(K key) {
        limiter.forget(key);
    }

    /** How often in a row the key failed. */
    public int retries(K key) {
        return limiter.retries(key);
    }

    /**
     * Waits for a key. The caller has it for itself until it calls {@link #done}.
     *
     * @return the key, or null if the queue is shut down and empty
     */
    public @Nullable K take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                K key = pollLocked();
                if (key != null || shutDown) {
                    return key;
                }
                Delayed<K> next = delayed.peek();
                if (next == null) {
                    changed.await();
                } else {
                    changed.await(Duration.between(clock.instant(), next.at()).toNanos() + 1, TimeUnit.NANOSECONDS);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Like {@link #take}, but does not wait: null if no key is ready now. */
    public @Nullable K poll() {
        lock.lock();
        try {
            return pollLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Gives back a key that was taken. If it was added meanwhile, it is ready again. */
    public void done(K key) {
        lock.lock();
        try {
            Instant since = working.remove(key);
            if (since == null) {
                return;
            }
            listener.finished(Duration.between(since, clock.instant()));
            if (wanted.containsKey(key)) {
                ready.add(key);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many keys are ready for a worker. */
    public int depth() {
        lock.lock();
        try {
            return ready.size();
        } finally {
            lock.unlock();
        }
    }

    /** Since when workers have had the keys that they have. */
    public Map<K, Instant> working() {
        lock.lock();
        try {
            return Map.copyOf(working);
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more keys and forgets those that are only delayed. */
    public void shutDown() {
        lock.lock();
        try {
            shutDown = true;
            delayed.clear();
            delayedUntil.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until no key is ready and no worker has one.
     *
     * @return whether that came true in time
     */
    public boolean awaitIdle(Duration atMost) throws InterruptedException {
        long leftNanos = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (!wanted.isEmpty() || !working.isEmpty()) {
                if (leftNanos <= 0) {
                    return false;
                }
                leftNanos = changed.awaitNanos(leftNanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void addLocked(K key) {
        if (shutDown || wanted.putIfAbsent(key, clock.instant()) != null) {
            return;
        }
        listener.added();
        if (!working.containsKey(key)) {
            ready.add(key);
            changed.signalAll();
        }
    }

    private @Nullable K pollLocked() {
        Instant now = clock.instant();
        Set<K> due = new LinkedHashSet<>();
        for (Delayed<K> next = delayed.peek(); next != null && !next.at().isAfter(now); next = delayed.peek()) {
            delayed.poll();
            if (next.at().equals(delayedUntil.get(next.key()))) {
                delayedUntil.remove(next.key());
                due.add(next.key());
            }
        }
        due.forEach(this::addLocked);
        K key = ready.poll();
        if (key == null) {
            return null;
        }
        Instant since = wanted.remove(key);
        // read again: what was due has been added since
        Instant taken = clock.instant();
        working.put(key, taken);
        listener.taken(since == null ? Duration.ZERO : Duration.between(since, taken));
        return key;
    }
}
