package io.kybern.node.probes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FirstProbingTest {

    private static final Instant SINCE = Instant.parse("2026-01-02T03:04:05Z");
    private static final Instant NOW = SINCE.plusSeconds(2);
    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final FirstProbing half = new FirstProbing(SINCE, () -> 0.5);

    @Test
    void aContainerThatWasThereBeforeWaitsForAPartOfItsPeriod() {
        assertThat(half.delay(SINCE.minusSeconds(3600), NOW, Duration.ZERO, PERIOD))
                .isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void aContainerThatStartedSinceIsProbedAtOnce() {
        assertThat(half.delay(SINCE, NOW, Duration.ZERO, PERIOD)).isZero();
    }

    @Test
    void whatIsLeftOfTheInitialDelayIsWaitedForAnyway() {
        assertThat(half.delay(NOW.minusSeconds(1), NOW, Duration.ofSeconds(8), PERIOD))
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(half.delay(SINCE.minusSeconds(1), NOW, Duration.ofSeconds(20), PERIOD))
                .as("the longer of the two")
                .isEqualTo(Duration.ofSeconds(17));
    }

    @Test
    void manyContainersAreSpreadOverThePeriod() {
        Random random = new Random(7);
        FirstProbing spread = new FirstProbing(SINCE, random::nextDouble);
        Set<Long> seconds = new HashSet<>();
        for (int container = 0; container < 500; container++) {
            Duration wait = spread.delay(SINCE.minusSeconds(60), NOW, Duration.ZERO, PERIOD);
            assertThat(wait).isGreaterThanOrEqualTo(Duration.ZERO).isLessThan(PERIOD);
            seconds.add(wait.toSeconds());
        }
        assertThat(seconds).hasSize(10);
    }
}
