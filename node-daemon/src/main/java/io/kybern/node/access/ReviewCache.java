package io.kybern.node.access;

import io.kybern.service.access.Remembered;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Answers of the API server to questions of one kind. A question is asked once, however many wait for the answer, and not again while the
 * answer is good; failures are told to all who wait, and not remembered. Only so many questions are under way at once: clients bring them
 * about, and the node has other things to ask with the same identity. Safe for use by several threads.
 */
final class ReviewCache<K, V> {

    /**
     * Many more than a node's clients ask at the same time, as answers are remembered, and a small part of the hundred requests that a
     * connection to the API server carries at once.
     */
    static final int MOST_UNDER_WAY = 16;

    /** Asks the API server; blocks. */
    interface Review<V> {
        V ask() throws ReviewException;
    }

    private final Remembered<K, V> remembered;
    private final Function<V, Duration> good;
    private final Map<K, FutureTask<V>> underWay = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(MOST_UNDER_WAY);

    /** @param good how long an answer is */
    ReviewCache(Clock clock, Function<V, Duration> good) {
        this.remembered = new Remembered<>(clock);
        this.good = good;
    }

    /** The answer; blocks until there is one. */
    V answer(K question, Review<V> review) throws ReviewException {
        Optional<V> known = remembered.get(question);
        if (known.isPresent()) {
            return known.get();
        }
        FutureTask<V> own = new FutureTask<>(() -> ask(question, review));
        FutureTask<V> others = underWay.putIfAbsent(question, own);
        if (others != null) {
            return outcome(others);
        }
        try {
            own.run();
        } finally {
            underWay.remove(question, own);
        }
        return outcome(own);
    }

    private V ask(K question, Review<V> review) throws ReviewException {
        // somebody else's question may have ended just before this one began
        Optional<V> known = remembered.get(question);
        if (known.isPresent()) {
            return known.get();
        }
        if (!places.tryAcquire()) {
            throw ReviewException.tooMany();
        }
        try {
            V answer = review.ask();
            remembered.put(question, answer, good.apply(answer));
            return answer;
        } finally {
            places.release();
        }
    }

    private static <V> V outcome(FutureTask<V> asked) throws ReviewException {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReviewException unanswered) {
                throw unanswered;
            }
            throw new IllegalStateException("a review went wrong", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ReviewException.unanswered("review", e);
        }
    }
}
