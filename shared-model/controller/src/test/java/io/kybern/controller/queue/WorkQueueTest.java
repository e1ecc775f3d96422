package io.kybern.controller.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.testing.MutableClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkQueueTest {

    private final MutableClock clock = new MutableClock();
    private final WorkQueue<String> queue = new WorkQueue<>(
            RateLimiters.exponential(Duration.ofMillis(5), Duration.ofSeconds(1000)), clock, QueueListener.NONE);

    @Test
    void holdsAKeyOnceHoweverOftenItIsAdded() {
        queue.add("a");
        queue.add("b");
        queue.add("a");
        assertThat(queue.depth()).isEqualTo(2);
        assertThat(List.of(queue.poll(), queue.poll())).containsExactly("a", "b");
        assertThat(queue.poll()).isNull();
    }

    @Test
    void neverGivesOneKeyToTwoWorkers() {
        queue.add("a");
        queue.poll();
        queue.add("a");
        assertThat(queue.poll()).isNull();
    }

    @Test
    void runsOnceMoreWhatIsAddedWhileItRuns() {
        queue.add("a");
        queue.poll();
        queue.add("a");
        queue.add("a");
        queue.done("a");
        assertThat(queue.poll()).isEqualTo("a");
        queue.done("a");
        assertThat(queue.poll()).isNull();
    }

    @Test
    void dropsNothing() {
        for (int i = 0; i < 10_000; i++) {
            queue.add("key-" + i);
        }
        int taken = 0;
        while (queue.poll() != null) {
            taken++;
        }
        assertThat(taken).isEqualTo(10_000);
    }

    @Test
    void keepsTheEarlierOfTwoDelays() {
        queue.addAfter("a", Duration.ofSeconds(5));
        queue.addAfter("a", Duration.ofSeconds(60));
        queue.addAfter("a", Duration.ofSeconds(2));
        clock.advance(Duration.ofSeconds(1));
        assertThat(queue.poll()).isNull();
        clock.advance(Duration.ofSeconds(1));
        assertThat(queue.poll()).isEqualTo("a");
        queue.done("a");
        clock.advance(Duration.ofSeconds(120));
        assertThat(queue.poll()).isNull();
    }

    @Test
    void doublesTheDelayOfAKeyThatFailsAgain() {
        for (long millis : new long[] {5, 10, 20}) {
            queue.addRateLimited("a");
            clock.advance(Duration.ofMillis(millis - 1));
            assertThat(queue.poll()).isNull();
            clock.advance(Duration.ofMillis(1));
            assertThat(queue.poll()).isEqualTo("a");
            queue.done("a");
        }
        assertThat(queue.retries("a")).isEqualTo(3);
    }

    @Test
    void forgetsFailuresOnSuccess() {
        queue.addRateLimited("a");
        queue.addRateLimited("a");
        queue.forget("a");
        assertThat(queue.retries("a")).isZero();
        clock.advance(Duration.ofSeconds(1));
        queue.poll();
        queue.done("a");
        queue.addRateLimited("a");
        clock.advance(Duration.ofMillis(5));
        assertThat(queue.poll()).isEqualTo("a");
    }

    @Test
    void handsOutWhatIsQueuedAtShutdownAndThenNull() throws InterruptedException {
        queue.add("a");
        queue.addAfter("later", Duration.ofSeconds(1));
        queue.shutDown();
        queue.add("b");
        assertThat(queue.take()).isEqualTo("a");
        assertThat(queue.take()).isNull();
    }

    @Test
    void wakesAWaitingWorkerForANewKeyAndAtShutdown() throws Exception {
        try (ExecutorService worker = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> first = worker.submit(queue::take);
            queue.add("a");
            assertThat(first.get()).isEqualTo("a");
            Future<String> second = worker.submit(queue::take);
            queue.shutDown();
            assertThat(second.get()).isNull();
        }
    }

    @Test
    void saysWhenItIsIdle() throws Exception {
        assertThat(queue.awaitIdle(Duration.ZERO)).isTrue();
        queue.add("a");
        assertThat(queue.awaitIdle(Duration.ZERO)).isFalse();
        queue.poll();
        assertThat(queue.awaitIdle(Duration.ZERO)).isFalse();
        try (ExecutorService waiter = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> idle = waiter.submit(() -> queue.awaitIdle(Duration.ofSeconds(10)));
            queue.done("a");
            assertThat(idle.get()).isTrue();
        }
    }

    @Test
    void servesRealDelaysToAWaitingWorker() {
        WorkQueue<String> real = new WorkQueue<>(
                RateLimiters.exponential(Duration.ofMillis(1), Duration.ofSeconds(1)),
                java.time.Clock.systemUTC(),
                QueueListener.NONE);
        try (ExecutorService worker = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> taken = worker.submit(real::take);
            real.addAfter("a", Duration.ofMillis(20));
            await("the delayed key").until(taken::isDone);
            assertThat(taken.resultNow()).isEqualTo("a");
        }
    }

    @Test
    void limitsRetriesOfAllKeysTogether() {
        RateLimiter<String> bucket = RateLimiters.bucket(10, 100, clock);
        for (int i = 0; i < 100; i++) {
            assertThat(bucket.when("key-" + i)).isZero();
        }
        assertThat(bucket.when("next")).isEqualTo(Duration.ofMillis(100));
        assertThat(bucket.when("next but one")).isEqualTo(Duration.ofMillis(200));
        clock.advance(Duration.ofSeconds(100));
        assertThat(bucket.when("later")).isZero();
    }

    @Test
    void neverDelaysLongerThanTheBound() {
        RateLimiter<String> limiter = RateLimiters.forControllers(clock);
        Duration last = Duration.ZERO;
        for (int i = 0; i < 60; i++) {
            clock.advance(Duration.ofSeconds(2000));
            last = limiter.when("a");
        }
        assertThat(last).isEqualTo(Duration.ofSeconds(1000));
    }
}
