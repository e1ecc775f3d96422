package io.kybern.workload.core.autoscaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRules;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRulesBuilder;
import io.kybern.testing.PropertySeeds;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random pods, figures and rules: what must hold of every recommendation and of every step. */
@Timeout(300)
class ReplicaCalculatorPropertyTest {

    private static final Tolerance USUAL = new Tolerance(Tolerance.USUAL, Tolerance.USUAL);
    private static final int REQUEST = 100;

    static LongStream seeds() {
        return PropertySeeds.of(300);
    }

    private static Map<String, Long> requests(List<Pod> pods) {
        Map<String, Long> requests = new HashMap<>();
        pods.forEach(pod -> requests.put(pod.getMetadata().getName(), (long) REQUEST));
        return requests;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readyPodsThatAreAllKnownComeToTheirTarget(long seed) {
        Random random = new Random(seed);
        AutoscalerFixture given = new AutoscalerFixture();
        int count = 1 + random.nextInt(20);
        given.pods(count);
        List<Pod> pods = List.copyOf(given.pods.all());
        int target = 10 + random.nextInt(150);
        Map<String, Sample> samples = new HashMap<>();
        long used = 0;
        for (Pod pod : pods) {
            long milli = random.nextInt(300);
            used += milli;
            samples.put(
                    pod.getMetadata().getName(),
                    new Sample(milli, given.cluster.clock().instant(), Duration.ofSeconds(10)));
        }

        Proposal proposal = new ReplicaCalculator(USUAL, given.cluster.clock().instant())
                .utilization(count, pods, samples, requests(pods), new ReplicaCalculator.Wanted(target, true));

        assertThat(proposal.percent()).isEqualTo((int) (used * 100 / (REQUEST * (long) count)));
        int replicas = proposal.replicas();
        if (replicas == count) {
            return;
        }
        // so many pods share the same use at or below the target, and one fewer would not
        long percent = used * 100 / (REQUEST * (long) count);
        assertThat(replicas * (double) target).isGreaterThanOrEqualTo(percent * (double) count - 1e-6);
        assertThat((replicas - 1) * (double) target).isLessThan(percent * (double) count + 1e-6);
        assertThat(replicas > count).isEqualTo(percent > target);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void podsOfWhichNothingIsKnownNeverMakeTheStepGreaterOrTurnItRound(long seed) {
        Random random = new Random(seed);
        AutoscalerFixture given = new AutoscalerFixture();
        int count = 2 + random.nextInt(15);
        given.pods(count);
        List<Pod> pods = List.copyOf(given.pods.all());
        int target = 20 + random.nextInt(100);
        Map<String, Sample> samples = new HashMap<>();
        int known = 1 + random.nextInt(count);
        for (int i = 0; i < known; i++) {
            samples.put(
                    "p" + i,
                    new Sample(random.nextInt(300), given.cluster.clock().instant(), Duration.ofSeconds(10)));
        }
        ReplicaCalculator calculator =
                new ReplicaCalculator(USUAL, given.cluster.clock().instant());
        List<Pod> seen = pods.stream()
                .filter(pod -> samples.containsKey(pod.getMetadata().getName()))
                .toList();

        Proposal all = calculator.utilization(
                count, pods, samples, requests(pods), new ReplicaCalculator.Wanted(target, true));
        Proposal some = calculator.utilization(
                known, seen, samples, requests(seen), new ReplicaCalculator.Wanted(target, true));

        int step = all.replicas() - count;
        int ratio = some.percent() - target;
        assertThat((long) step * ratio).as("direction").isGreaterThanOrEqualTo(0);
        if (ratio > 0) {
            assertThat(all.replicas())
                    .isLessThanOrEqualTo(Math.max(count, (int) Math.ceil(some.percent() / (double) target * count)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyStepStaysWithinRangeAndRules(long seed) {
        Random random = new Random(seed);
        int min = random.nextInt(5);
        int max = min + 1 + random.nextInt(30);
        int pods = 1 + random.nextInt(10);
        int period = 1 + random.nextInt(120);
        HPAScalingRules up = new HPAScalingRulesBuilder()
                .withStabilizationWindowSeconds(random.nextInt(60))
                .addNewPolicy(period, "Pods", pods)
                .build();
        HPAScalingRules down = new HPAScalingRulesBuilder()
                .withStabilizationWindowSeconds(random.nextInt(120))
                .addNewPolicy(period, "Pods", pods)
                .build();
        ScaleLimits limits = new ScaleLimits(min, max, ScalingRules.up(up), ScalingRules.down(down));
        ScaleHistory history = new ScaleHistory();
        Instant now = Instant.parse("2026-01-02T03:04:05Z");
        int current = min + random.nextInt(max - min + 1);
        history.begin(current, now);
        Map<Instant, Integer> sizes = new HashMap<>();
        for (int pass = 0; pass < 60; pass++) {
            now = now.plusSeconds(1 + random.nextInt(20));
            int proposed = random.nextInt(max + 10);
            ScaleLimits.Decision decision = limits.decide(history, current, proposed, now);
            int next = decision.replicas();

            assertThat(next).as("pass %s", pass).isBetween(min, max);
            assertThat(next - current)
                    .as("never against the proposal")
                    .isBetween(Math.min(0, proposed - current), Math.max(0, Math.max(proposed, min) - current));
            if (next != current) {
                history.changed(current, next, now);
            }
            Instant since = now.minusSeconds(period);
            sizes.put(now, next - current);
            int grown = sizes.entrySet().stream()
                    .filter(each -> each.getKey().isAfter(since))
                    .mapToInt(Map.Entry::getValue)
                    .sum();
            if (next > current) {
                assertThat(grown).as("pass %s", pass).isLessThanOrEqualTo(pods);
            } else if (next < current) {
                assertThat(grown).as("pass %s", pass).isGreaterThanOrEqualTo(-pods);
            }
            current = next;
        }
    }
}
