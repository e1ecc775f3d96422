package io.kybern.apiserver.flowcontrol;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The seats and queues of one priority level. A request that finds a free seat and nobody waiting takes it without a lock; the lock is
 * for those that wait and those who wake them. Waiting requests are dispatched from their queues in turn, so that a flow that sends much
 * does not hold up those in other queues.
 */
final class Level {

    private final AtomicInteger executing = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger wantedSeats = new AtomicInteger();
    private final AtomicInteger peak = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile LevelSettings settings;
    private volatile int limit;
    private volatile int nominal;
    private List<Deque<Waiter>> queues;
    private int turn;

    /** Why a request gets no seat. */
    enum Refusal {
        CONCURRENCY_LIMIT("concurrency-limit"),
        QUEUE_FULL("queue-full"),
        TIME_OUT("time-out");

        private final String reason;

        Refusal(String reason) {
            this.reason = reason;
        }

        /** As metrics name it. */
        String reason() {
            return reason;
        }
    }

    private static final class Waiter {
        private final CountDownLatch granted = new CountDownLatch(1);
        private final Deque<Waiter> queue;
        private final int seats;

        Waiter(Deque<Waiter> queue, int seats) {
            this.queue = queue;
            this.seats = seats;
        }
    }

    Level(LevelSettings settings, int limit) {
        this.settings = settings;
        this.limit = limit;
        this.nominal = limit;
        this.queues = empty(settings.queues());
    }

    private static List<Deque<Waiter>> empty(int count) {
        List<Deque<Waiter>> queues = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            queues.add(new ArrayDeque<>());
        }
        return queues;
    }

    LevelSettings settings() {
        return settings;
    }

    int limit() {
        return limit;
    }

    int executing() {
        return executing.get();
    }

    int waiting() {
        return waiting.get();
    }

    /** The seats that are its own. */
    int nominal() {
        return nominal;
    }

    /** Sets the seats that are its own. */
    void nominal(int seats) {
        nominal = seats;
    }

    /** Sets how many may run at once; those who wait for the seats that came get them. */
    void limit(int seats) {
        limit = seats;
        wake();
    }

    /** Takes over changed settings; who waits in a queue that goes is let through, over the limit if need be. */
    void configure(LevelSettings changed) {
        lock.lock();
        try {
            if (changed.queues() != settings.queues() || changed.exempt()) {
                for (Deque<Waiter> queue : queues) {
                    while (!queue.isEmpty()) {
                        Waiter waiter = queue.remove();
                        executing.addAndGet(waiter.seats);
                        grantLocked(waiter);
                    }
                }
                queues = empty(changed.queues());
                turn = 0;
            }
            settings = changed;
        } finally {
            lock.unlock();
        }
    }

    /** The most seats that were in use and waited for at once since the last call. */
    int takePeak() {
        return peak.getAndSet(executing.get() + wantedSeats.get());
    }

    private void note() {
        int now = executing.get() + wantedSeats.get();
        if (now > peak.get()) {
            peak.accumulateAndGet(now, Math::max);
        }
    }

    /** Takes one seat, waiting for it if need be. */
    @Nullable
    Refusal enter(long flow, Duration patience) {
        return enter(flow, 1, patience);
    }

    /**
     * Takes seats, waiting for them if need be. More than there are at all are had by who is alone.
     *
     * @param flow the hash of the request's flow
     * @return null if there are the seats, which {@link #leave(int)} gives back; else why not
     */
    @Nullable
    Refusal enter(long flow, int seats, Duration patience) {
        LevelSettings now = settings;
        if (now.exempt()) {
            executing.addAndGet(seats);
            return null;
        }
        if (waiting.get() == 0 && take(seats)) {
            note();
            return null;
        }
        return now.queues() == 0 ? lastTry(seats) : queue(flow, seats, patience);
    }

    private @Nullable Refusal lastTry(int seats) {
        boolean taken = take(seats);
        note();
        return taken ? null : Refusal.CONCURRENCY_LIMIT;
    }

    private boolean take(int seats) {
        int bound = limit;
        int now = executing.get();
        while (now + seats <= bound || now == 0 && bound > 0) {
            if (executing.compareAndSet(now, now + seats)) {
                return true;
            }
            now = executing.get();
        }
        return false;
    }

    private @Nullable Refusal queue(long flow, int seats, Duration patience) {
        Waiter waiter;
        lock.lock();
        try {
            if (queues.isEmpty()) {
                return lastTry(seats);
            }
            Deque<Waiter> queue = shortest(flow);
            if (queue.size() >= settings.queueLength()) {
                return Refusal.QUEUE_FULL;
            }
            waiter = new Waiter(queue, seats);
            queue.add(waiter);
            wantedSeats.addAndGet(seats);
            // first counted, then tried: whoever leaves meanwhile sees the one or this sees the other
            waiting.incrementAndGet();
            dispatchLocked();
        } finally {
            lock.unlock();
        }
        note();
        return await(waiter, patience);
    }

    private Deque<Waiter> shortest(long flow) {
        int[] hand = ShuffleSharding.hand(flow, queues.size(), settings.handSize());
        Deque<Waiter> best = queues.get(hand[0]);
        for (int each : hand) {
            if (queues.get(each).size() < best.size()) {
                best = queues.get(each);
            }
        }
        return best;
    }

    private @Nullable Refusal await(Waiter waiter, Duration patience) {
        boolean granted = false;
        try {
            granted = waiter.granted.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (granted) {
            return null;
        }
        lock.lock();
        try {
            if (waiter.granted.getCount() == 0) {
                return null;
            }
            waiter.queue.remove(waiter);
            wantedSeats.addAndGet(-waiter.seats);
            waiting.decrementAndGet();
            // one that wants fewer seats may have stood behind it
            dispatchLocked();
            return Refusal.TIME_OUT;
        } finally {
            lock.unlock();
        }
    }

    /** Gives one seat back. */
    void leave() {
        leave(1);
    }

    /** Gives seats back. */
    void leave(int seats) {
        executing.addAndGet(-seats);
        wake();
    }

    /** Takes further seats for what is under way already, over the limit if need be. */
    void extend(int seats) {
        executing.addAndGet(seats);
        note();
    }

    private void wake() {
        if (waiting.get() > 0) {
            lock.lock();
            try {
                dispatchLocked();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Serves the queues in turn. Whoever is next and does not fit is waited for, or the wide ones would wait for ever. */
    private void dispatchLocked() {
        while (waiting.get() > 0) {
            int at = nextLocked();
            Waiter next = queues.get(at).element();
            if (!take(next.seats)) {
                return;
            }
            queues.get(at).remove();
            turn = at;
            grantLocked(next);
        }
    }

    /** The queue whose turn it is. */
    private int nextLocked() {
        for (int i = 1; i <= queues.size(); i++) {
            int at = (turn + i) % queues.size();
            if (!queues.get(at).isEmpty()) {
                return at;
            }
        }
        throw new IllegalStateException("somebody waits, but in no queue");
    }

    private void grantLocked(Waiter waiter) {
        wantedSeats.addAndGet(-waiter.seats);
        waiting.decrementAndGet();
        waiter.granted.countDown();
    }
}
