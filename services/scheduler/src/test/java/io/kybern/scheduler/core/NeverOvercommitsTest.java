package io.kybern.scheduler.core;

import static io.kybern.scheduler.core.Given.node;
import static io.kybern.scheduler.core.Given.pod;
import static io.kybern.scheduler.core.Given.requests;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.model.Resources;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random pods come, go and fail to bind; no node is ever promised more than it has. */
@Timeout(300)
class NeverOvercommitsTest {

    private static final int NODE_MILLI_CPU = 4000;

    static LongStream seeds() {
        return PropertySeeds.of(3);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void neverPromisesMoreThanANodeHas(long seed) {
        Random random = new Random(seed);
        SchedulerFixture given = new SchedulerFixture(seed);
        for (int i = 0; i < 5; i++) {
            given.nodes(node("n" + i, "4", "8Gi"));
        }
        for (int step = 0; step < 3_000; step++) {
            switch (random.nextInt(6)) {
                case 0, 1 ->
                    given.pod(pod(
                            "p" + step,
                            requests("cpu", random.nextInt(1, 2500) + "m", "memory", random.nextInt(1, 3000) + "Mi")));
                case 2 -> {
                    List<String> names = new ArrayList<>(given.pods.keySet());
                    if (!names.isEmpty()) {
                        String name = names.get(random.nextInt(names.size()));
                        given.delete(name);
                        given.bound.remove(name);
                    }
                }
                case 3 -> given.tryAll();
                case 4 -> {
                    given.refuseBinding = random.nextInt(4) == 0 ? new IllegalStateException("no") : null;
                    given.answerBindings();
                }
                default -> given.clock.advance(Duration.ofMillis(random.nextInt(4_000)));
            }
            assertNoNodeIsOvercommitted(given, seed);
        }
    }

    private static void assertNoNodeIsOvercommitted(SchedulerFixture given, long seed) {
        Map<String, Resources> used = new HashMap<>();
        given.bound.forEach((name, node) -> {
            Pod pod = given.pods.get(name);
            if (pod != null) {
                used.merge(node, PodInfo.of(pod).requests().actual(), Resources::plus);
            }
        });
        assertThat(used.values())
                .as("seed %s", seed)
                .allMatch(r -> r.milliCpu() <= NODE_MILLI_CPU && r.memoryBytes() <= 8L * 1024 * 1024 * 1024);
    }
}
