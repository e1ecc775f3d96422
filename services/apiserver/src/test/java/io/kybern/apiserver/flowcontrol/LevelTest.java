package io.kybern.apiserver.flowcontrol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LevelTest {

    private static final Duration LONG = Duration.ofSeconds(50);

    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() {
        requests.shutdownNow();
    }

    private static LevelSettings queueing(int queues, int hand, int length) {
        return new LevelSettings("level", "", false, 10, 0, -1, queues, hand, length);
    }

    @Test
    void whatFindsNoSeatWhereNobodyWaitsIsRefused() {
        Level level = new Level(queueing(0, 0, 0), 2);

        assertThat(level.enter(1, LONG)).isNull();
        assertThat(level.enter(1, LONG)).isNull();
        assertThat(level.enter(1, LONG)).isEqualTo(Level.Refusal.CONCURRENCY_LIMIT);
        level.leave();
        assertThat(level.enter(1, LONG)).isNull();
    }

    @Test
    void anExemptLevelKnowsNoBound() {
        Level level = new Level(LevelSettings.EXEMPT, 0);

        for (int i = 0; i < 1000; i++) {
            assertThat(level.enter(i, LONG)).isNull();
        }
        assertThat(level.executing()).isEqualTo(1000);
    }

    @Test
    void whoWaitsGetsTheSeatThatBecomesFree() throws Exception {
        Level level = new Level(queueing(1, 1, 1), 1);
        level.enter(1, LONG);

        Future<Level.Refusal> second = requests.submit(() -> level.enter(2, LONG));
        await("somebody to wait").until(() -> level.waiting() == 1);
        assertThat(level.enter(3, LONG)).isEqualTo(Level.Refusal.QUEUE_FULL);
        level.leave();

        assertThat(second.get(30, TimeUnit.SECONDS)).isNull();
        assertThat(level.executing()).isEqualTo(1);
        assertThat(level.waiting()).isZero();
    }

    @Test
    void whoWaitsTooLongIsRefused() {
        Level level = new Level(queueing(1, 1, 5), 1);
        level.enter(1, LONG);

        assertThat(level.enter(2, Duration.ofMillis(1))).isEqualTo(Level.Refusal.TIME_OUT);
        assertThat(level.waiting()).isZero();
    }

    @Test
    void moreSeatsLetInWhoWaits() throws Exception {
        Level level = new Level(queueing(4, 2, 5), 0);
        Future<Level.Refusal> waits = requests.submit(() -> level.enter(2, LONG));
        await("somebody to wait").until(() -> level.waiting() == 1);

        level.limit(1);

        assertThat(waits.get(30, TimeUnit.SECONDS)).isNull();
    }

    @Test
    void queuesThatGoLeaveNobodyBehind() throws Exception {
        Level level = new Level(queueing(4, 2, 5), 0);
        Future<Level.Refusal> waits = requests.submit(() -> level.enter(2, LONG));
        await("somebody to wait").until(() -> level.waiting() == 1);

        level.configure(queueing(0, 0, 0));

        assertThat(waits.get(30, TimeUnit.SECONDS)).isNull();
        assertThat(level.executing()).isEqualTo(1);
    }

    @Test
    void aFlowThatFloodsDoesNotHoldUpAnother() throws Exception {
        Level level = new Level(queueing(64, 1, 100), 1);
        long flood = 1;
        long quiet = 2;
        level.enter(flood, LONG);
        List<Future<?>> many = new ArrayList<>();
        AtomicInteger floodServed = new AtomicInteger();
        CountDownLatch quietServed = new CountDownLatch(1);
        for (int i = 0; i < 50; i++) {
            many.add(requests.submit(() -> {
                if (level.enter(flood, LONG) == null) {
                    floodServed.incrementAndGet();
                }
            }));
        }
        await("the flood to wait").until(() -> level.waiting() == 50);
        requests.submit(() -> {
            level.enter(quiet, LONG);
            quietServed.countDown();
        });
        await("the other to wait").until(() -> level.waiting() == 51);

        level.leave();
        level.leave();

        assertThat(quietServed.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(floodServed.get()).isLessThanOrEqualTo(1);
        assertThat(many).hasSize(50);
    }

    @Test
    void neverMoreThanTheSeatsAndNobodyIsForgotten() throws Exception {
        Level level = new Level(queueing(8, 3, 1000), 5);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(1000);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            long flow = random.nextInt(20);
            requests.submit(() -> {
                if (level.enter(flow, LONG) == null) {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    Thread.yield();
                    inside.decrementAndGet();
                    level.leave();
                } else {
                    refused.incrementAndGet();
                }
                done.countDown();
            });
        }

        assertThat(done.await(50, TimeUnit.SECONDS))
                .as("all done; seed " + seed)
                .isTrue();
        assertThat(most.get()).isBetween(1, 5);
        assertThat(refused.get()).isZero();
        assertThat(level.executing()).isZero();
        assertThat(level.waiting()).isZero();
    }

    @Test
    void whoMayNotWaitTakesAFreeSeatOrGoes() {
        Level level = new Level(queueing(1, 1, 10), 1);

        assertThat(level.enter(1, Duration.ZERO)).isNull();
        assertThat(level.enter(2, Duration.ZERO)).isEqualTo(Level.Refusal.TIME_OUT);
        assertThat(level.waiting()).isZero();

        level.leave();
        assertThat(level.enter(2, Duration.ZERO)).isNull();
    }

    @Test
    void whoNeedsNoSeatPassesAFloodThatWaits() {
        Level exempt = new Level(LevelSettings.EXEMPT, 0);

        assertThat(exempt.enter(1, Duration.ZERO)).isNull();
    }

    @Test
    void wideRequestsTakeAsManySeatsAsTheyAreWide() {
        Level level = new Level(queueing(0, 0, 0), 5);

        assertThat(level.enter(1, 4, LONG)).isNull();
        assertThat(level.enter(2, 2, LONG)).isEqualTo(Level.Refusal.CONCURRENCY_LIMIT);
        assertThat(level.enter(2, 1, LONG)).isNull();
        level.leave(4);
        assertThat(level.enter(2, 4, LONG)).isNull();
        assertThat(level.executing()).isEqualTo(5);
    }

    @Test
    void whoIsWiderThanTheLevelRunsAlone() {
        Level level = new Level(queueing(0, 0, 0), 3);

        assertThat(level.enter(1, 10, LONG)).isNull();
        assertThat(level.enter(2, 1, LONG)).isEqualTo(Level.Refusal.CONCURRENCY_LIMIT);
        level.leave(10);
        assertThat(level.enter(2, 1, LONG)).isNull();
        assertThat(level.enter(1, 10, LONG)).isEqualTo(Level.Refusal.CONCURRENCY_LIMIT);
    }

    @Test
    void theWideAreNotPassedOverForEver() throws Exception {
        Level level = new Level(queueing(1, 1, 10), 4);
        assertThat(level.enter(1, 1, LONG)).isNull();
        Future<Level.Refusal> wide = requests.submit(() -> level.enter(1, 4, LONG));
        await("the wide one to wait").until(() -> level.waiting() == 1);
        Future<Level.Refusal> narrow = requests.submit(() -> level.enter(1, 1, LONG));
        await("the narrow one to wait behind it").until(() -> level.waiting() == 2);

        level.leave();
        assertThat(wide.get(30, TimeUnit.SECONDS)).isNull();
        assertThat(level.waiting()).isEqualTo(1);

        level.leave(4);
        assertThat(narrow.get(30, TimeUnit.SECONDS)).isNull();
    }

    @Test
    void theSeatsOfAWriteLastWhileItsWatchesAreTold() {
        Level level = new Level(queueing(0, 0, 0), 3);
        level.enter(1, 1, LONG);

        level.extend(2);
        assertThat(level.enter(2, 1, LONG)).isEqualTo(Level.Refusal.CONCURRENCY_LIMIT);
        assertThat(level.takePeak()).isGreaterThanOrEqualTo(3);

        level.leave(3);
        assertThat(level.executing()).isZero();
    }
}
