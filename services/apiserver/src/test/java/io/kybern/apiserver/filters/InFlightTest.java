package io.kybern.apiserver.filters;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.filters.InFlight.Place;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class InFlightTest {

    private final InFlight inFlight = new InFlight(2, 1, new SimpleMeterRegistry());

    @Test
    void whoComesToAFullHouseMustNotWait() {
        assertThat(inFlight.enter(false)).isEqualTo(Place.FREE);
        assertThat(inFlight.enter(false)).isEqualTo(Place.FREE);
        assertThat(inFlight.enter(false)).isEqualTo(Place.CROWDED);
        assertThat(inFlight.enter(false)).isEqualTo(Place.CROWDED);
        assertThat(inFlight.enter(false)).isEqualTo(Place.NONE);

        inFlight.leave(false);
        assertThat(inFlight.enter(false)).isEqualTo(Place.CROWDED);
    }

    @Test
    void readsDoNotKeepOutWrites() {
        for (int i = 0; i < 5; i++) {
            inFlight.enter(false);
        }

        assertThat(inFlight.enter(true)).isEqualTo(Place.FREE);
    }
}
