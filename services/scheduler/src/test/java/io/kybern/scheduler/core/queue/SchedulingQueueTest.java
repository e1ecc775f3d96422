package io.kybern.scheduler.core.queue;

import static io.kybern.scheduler.core.Given.pod;
import static io.kybern.scheduler.core.Given.requests;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.scheduler.core.FakeStorage;
import io.kybern.scheduler.core.framework.BindPlugin;
import io.kybern.scheduler.core.framework.ClusterEvent;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.plugins.DefaultProfile;
import io.kybern.testing.MutableClock;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(300)
class SchedulingQueueTest {

    private final MutableClock clock = new MutableClock();

    private final Profile profile = DefaultProfile.create("default-scheduler", new FakeStorage(), new BindPlugin() {
        @Override
        public void bind(PodInfo pod, String node) {}

        @Override
        public String name() {
            return "DefaultBinder";
        }
    });

    private final SchedulingQueue queue = new SchedulingQueue(profile, clock);

    private static PodInfo info(String name) {
        return PodInfo.of(pod(name, requests("cpu", "1")));
    }

    private void pass(Duration time) {
        clock.advance(time);
    }

    @Test
    void backsOffLongerWithEachAttemptUpToTenSeconds() {
        queue.put(info("p"));
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            QueuedPod pod = queue.poll().orElseThrow();
            queue.retry(pod.pod());
            long waited = 0;
            while (queue.depths().backOff() == 1 && queue.poll().isEmpty()) {
                pass(Duration.ofSeconds(1));
                waited++;
            }
            seconds.add(waited);
            queue.rest(pod, Set.of());
            pass(Duration.ofMinutes(5));
        }
        assertThat(seconds).startsWith(1L).contains(10L).allMatch(s -> s <= 10);
    }

    @Test
    void comesBackAtOnceFromRestIfTheBackOffIsOver() {
        queue.put(info("p"));
        queue.rest(queue.poll().orElseThrow(), Set.of("NodeResourcesFit"));
        pass(Duration.ofSeconds(1));
        queue.on(new ClusterEvent.PodRemoved(info("gone")));
        assertThat(queue.poll()).isPresent();
    }

    @Test
    void backsOffWhenAnEventComesTooSoon() {
        queue.put(info("p"));
        queue.rest(queue.poll().orElseThrow(), Set.of("NodeResourcesFit"));
        queue.on(new ClusterEvent.PodRemoved(info("gone")));
        assertThat(queue.poll()).isEmpty();
        assertThat(queue.depths().backOff()).isEqualTo(1);
        assertThat(queue.nextDue()).contains(clock.instant().plusSeconds(1));
    }

    @Test
    void restsFiveMinutesAtMost() {
        queue.put(info("p"));
        queue.rest(queue.poll().orElseThrow(), Set.of("NodeResourcesFit"));
        pass(Duration.ofMinutes(5).minusSeconds(1));
        assertThat(queue.poll()).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(queue.poll()).isPresent();
    }

    @Test
    void aStatusChangeIsNoReasonToTryAgain() {
        queue.put(info("p"));
        queue.rest(queue.poll().orElseThrow(), Set.of("NodeResourcesFit"));
        pass(Duration.ofSeconds(2));
        queue.put(PodInfo.of(pod("p", requests("cpu", "1"), p -> p.withNewStatus()
                .withPhase("Pending")
                .endStatus())));
        assertThat(queue.poll()).isEmpty();
        queue.put(PodInfo.of(pod("p", requests("cpu", "500m"))));
        assertThat(queue.poll()).isPresent();
    }

    static LongStream seeds() {
        return PropertySeeds.of(3);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void losesNoPod(long seed) {
        Random random = new Random(seed);
        Set<String> expected = new HashSet<>();
        List<QueuedPod> underWay = new ArrayList<>();
        for (int step = 0; step < 5_000; step++) {
            String name = "p" + random.nextInt(40);
            switch (random.nextInt(7)) {
                case 0, 1 -> {
                    queue.put(info(name));
                    expected.add("uid-" + name);
                }
                case 2 -> {
                    queue.remove("uid-" + name);
                    expected.remove("uid-" + name);
                }
                case 3 -> queue.poll().ifPresent(underWay::add);
                case 4 -> takeOne(underWay, random).ifPresent(p -> queue.rest(p, Set.of("NodeResourcesFit")));
                case 5 -> takeOne(underWay, random).ifPresent(p -> queue.retry(p.pod()));
                default -> {
                    queue.on(new ClusterEvent.PodRemoved(info("x")));
                    pass(Duration.ofMillis(random.nextInt(3_000)));
                }
            }
        }
        assertThat(queue.all())
                .as("seed %s", seed)
                .extracting(p -> p.pod().uid())
                .containsExactlyInAnyOrderElementsOf(expected);
        underWay.forEach(p -> queue.retry(p.pod()));
        pass(Duration.ofMinutes(10));
        Set<String> polled = new HashSet<>();
        for (var next = queue.poll(); next.isPresent(); next = queue.poll()) {
            polled.add(next.get().pod().uid());
        }
        assertThat(polled).as("seed %s: every pod gets its turn", seed).isEqualTo(expected);
    }

    private static Optional<QueuedPod> takeOne(List<QueuedPod> from, Random random) {
        return from.isEmpty() ? Optional.empty() : Optional.of(from.remove(random.nextInt(from.size())));
    }
}
