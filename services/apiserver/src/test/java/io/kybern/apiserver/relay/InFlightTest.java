package io.kybern.apiserver.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class InFlightTest {

    private final InFlight inFlight = new InFlight(2);

    @Test
    void standsBeforeTheFirstEventThatIsMissing() {
        inFlight.sending(11, "a", 4);
        inFlight.sending(12, "b", 9);
        inFlight.arrived(12);

        assertThat(inFlight.position(12)).isEqualTo(10);
        assertThat(inFlight.sequences(Map.of("a", 4L, "b", 9L)))
                .containsEntry("a", 3L)
                .containsEntry("b", 9L);
        inFlight.arrived(11);
        assertThat(inFlight.position(12)).isEqualTo(12);
    }

    @Test
    void hasRoomForSoMany() throws InterruptedException {
        inFlight.sending(1, "a", 1);
        inFlight.sending(2, "a", 2);
        assertThat(inFlight.hasRoom(Duration.ofMillis(5))).isFalse();
        inFlight.arrived(1);
        assertThat(inFlight.hasRoom(Duration.ofMillis(5))).isTrue();
    }

    @Test
    void letsNobodyWaitAfterAFailure() throws InterruptedException {
        inFlight.sending(1, "a", 1);
        inFlight.sending(2, "a", 2);
        inFlight.lost();
        assertThat(inFlight.hasRoom(Duration.ofSeconds(10))).isTrue();
        assertThat(inFlight.hasFailed()).isTrue();
        inFlight.reset();
        assertThat(inFlight.hasFailed()).isFalse();
        assertThat(inFlight.position(7)).isEqualTo(7);
    }

    @Test
    void sendsOneRoundOfBookmarksAtATime() {
        inFlight.sendingBookmark();
        assertThat(inFlight.bookmarksAreThrough()).isFalse();
        inFlight.bookmarkDone();
        assertThat(inFlight.bookmarksAreThrough()).isTrue();
    }
}
