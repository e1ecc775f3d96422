package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RestartBackOffTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final RestartBackOff backOff = new RestartBackOff();

    private long waitSeconds(Instant event) {
        return backOff.waitAfter("c", event, event)
                .map(wait -> wait.delay().toSeconds())
                .orElse(0L);
    }

    @Test
    void theFirstRestartIsAtOnceAndEachOneAfterItWaitsTwiceAsLongUpToFiveMinutes() {
        List<Long> waits = new ArrayList<>();
        Instant event = START;
        for (int crash = 0; crash < 8; crash++) {
            waits.add(waitSeconds(event));
            backOff.failed("c", event);
            event = event.plusSeconds(waits.getLast() + 1);
        }

        assertThat(waits).containsExactly(0L, 10L, 20L, 40L, 80L, 160L, 300L, 300L);
    }

    @Test
    void aWaitEnds() {
        backOff.failed("c", START);

        assertThat(backOff.waitAfter("c", START, START.plusSeconds(9)))
                .contains(new RestartBackOff.Wait(Duration.ofSeconds(10), START.plusSeconds(10)));
        assertThat(backOff.waitAfter("c", START, START.plusSeconds(10))).isEmpty();
    }

    @Test
    void tenQuietMinutesForgetWhatWas() {
        backOff.failed("c", START);
        backOff.failed("c", START.plusSeconds(11));
        Instant later = START.plusSeconds(11).plus(Duration.ofMinutes(10)).plusMillis(1);

        assertThat(waitSeconds(later)).isZero();
        backOff.failed("c", later);
        assertThat(waitSeconds(later)).isEqualTo(10);
    }

    @Test
    void eachContainerHasItsOwn() {
        backOff.failed("c", START);

        assertThat(backOff.waitAfter("d", START, START)).isEmpty();
        backOff.forget("c");
        assertThat(waitSeconds(START)).isZero();
    }
}
