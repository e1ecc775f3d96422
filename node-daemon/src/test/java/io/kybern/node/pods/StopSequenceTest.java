package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.event.Level;

@Timeout(60)
class StopSequenceTest {

    private static final Instant BEGUN = Instant.parse("2026-01-01T00:00:00Z");

    private static Instant after(long seconds) {
        return BEGUN.plusSeconds(seconds);
    }

    private static StopSequence sequence(CompletableFuture<?> hook, int graceSeconds) {
        return new StopSequence("SIGTERM", hook, BEGUN, Duration.ofSeconds(graceSeconds));
    }

    @Test
    void itIsAskedAtOnceAndKilledWhenItsTimeIsUp() {
        StopSequence sequence = sequence(null, 5);
        assertThat(sequence.due(BEGUN, true)).isEqualTo("SIGTERM");
        assertThat(sequence.due(after(4), true)).isNull();
        assertThat(sequence.due(after(5), true)).isEqualTo("SIGKILL");
    }

    @Test
    void theSignalWaitsForTheHookAndForTheTurn() {
        CompletableFuture<Void> hook = new CompletableFuture<>();
        StopSequence sequence = sequence(hook, 30);
        assertThat(sequence.due(after(1), true)).isNull();
        hook.complete(null);
        assertThat(sequence.due(after(2), false)).isNull();
        assertThat(sequence.due(after(3), true)).isEqualTo("SIGTERM");
        assertThat(sequence.due(after(29), true)).isNull();
        assertThat(sequence.due(after(30), true)).isEqualTo("SIGKILL");
    }

    @Test
    void whoWaitedForOthersUntilTheTimeWasUpHasAMomentLeft() {
        StopSequence sequence = sequence(null, 5);
        assertThat(sequence.due(BEGUN, false)).isNull();
        assertThat(sequence.due(after(4), false)).isNull();
        assertThat(sequence.due(after(5), false)).isEqualTo("SIGTERM");
        assertThat(sequence.due(after(6), false)).isNull();
        assertThat(sequence.due(after(7), false)).isEqualTo("SIGKILL");
    }

    @Test
    void aHookThatDoesNotEndIsGivenUpWhenTheTimeIsUp() {
        CompletableFuture<Void> hook = new CompletableFuture<>();
        StopSequence sequence = sequence(hook, 5);
        assertThat(sequence.due(after(4), true)).isNull();
        assertThat(sequence.due(after(5), true)).isEqualTo("SIGTERM");
        assertThat(hook).isCancelled();
        assertThat(sequence.due(after(6), true)).isNull();
        assertThat(sequence.due(after(7), true)).isEqualTo("SIGKILL");
    }

    @Test
    void itsTimeCountsFromWhenTheSignalHasArrived() {
        StopSequence sequence = sequence(null, 5);
        assertThat(sequence.due(BEGUN, true)).isEqualTo("SIGTERM");
        sequence.sent(Duration.ofSeconds(2));
        assertThat(sequence.due(after(6), true)).isNull();
        assertThat(sequence.due(after(7), true)).isEqualTo("SIGKILL");
    }

    @Test
    void lessTimeCountsFromTheBeginning() {
        StopSequence sequence = sequence(null, 30);
        assertThat(sequence.due(BEGUN, true)).isEqualTo("SIGTERM");
        sequence.shorten(Duration.ofSeconds(3));
        sequence.shorten(Duration.ofSeconds(60));
        assertThat(sequence.due(after(2), true)).isNull();
        assertThat(sequence.due(after(3), true)).isEqualTo("SIGKILL");
    }

    @Test
    void theSameTimeGrantedAgainTakesNothingFromWhatIsLeft() {
        StopSequence waited = sequence(null, 5);
        assertThat(waited.due(after(4), false)).isNull();
        assertThat(waited.due(after(5), false)).isEqualTo("SIGTERM");
        waited.shorten(Duration.ofSeconds(5));
        assertThat(waited.due(after(6), false)).isNull();

        StopSequence slow = sequence(null, 5);
        assertThat(slow.due(BEGUN, true)).isEqualTo("SIGTERM");
        slow.sent(Duration.ofSeconds(2));
        slow.shorten(Duration.ofSeconds(5));
        assertThat(slow.due(after(6), true)).isNull();
    }

    @Test
    void aSignalThatDidNotArriveIsDueAgain() {
        StopSequence sequence = sequence(null, 5);
        assertThat(sequence.due(BEGUN, true)).isEqualTo("SIGTERM");
        sequence.notSent();
        assertThat(sequence.due(after(1), true)).isEqualTo("SIGTERM");
        assertThat(sequence.due(after(2), true)).isNull();
        assertThat(sequence.due(after(5), true)).isEqualTo("SIGKILL");
        sequence.notSent();
        assertThat(sequence.due(after(6), true)).isEqualTo("SIGKILL");
        assertThat(sequence.due(after(7), true)).isNull();
    }

    @Test
    void aSignalThatNeverArrivesDelaysTheKillNoLonger() {
        StopSequence sequence = sequence(null, 5);
        for (int second = 0; second < 5; second++) {
            assertThat(sequence.due(after(second), true)).isEqualTo("SIGTERM");
            sequence.notSent();
        }
        assertThat(sequence.due(after(5), true)).isEqualTo("SIGKILL");
    }

    @Test
    void whoIsGrantedASecondHasTwo() {
        StopSequence sequence = sequence(null, 1);
        assertThat(sequence.due(BEGUN, true)).isEqualTo("SIGTERM");
        assertThat(sequence.due(after(1), true)).isNull();
        assertThat(sequence.due(after(2), true)).isEqualTo("SIGKILL");
    }

    @Test
    void aSignalThatDoesNotArriveIsWarnedOfOnce() {
        StopSequence sequence = sequence(null, 5);
        assertThat(sequence.due(BEGUN, true)).isEqualTo("SIGTERM");
        assertThat(sequence.notSent()).isEqualTo(Level.WARN);
        assertThat(sequence.due(after(1), true)).isEqualTo("SIGTERM");
        assertThat(sequence.notSent()).isEqualTo(Level.DEBUG);
        assertThat(sequence.due(after(2), true)).isEqualTo("SIGTERM");
        sequence.sent(Duration.ZERO);
        assertThat(sequence.due(after(5), true)).isEqualTo("SIGKILL");
        assertThat(sequence.notSent()).isEqualTo(Level.WARN);
    }
}
