package io.kybern.apiserver.filters;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.filters.InFlight.Place;
import io.kybern.apiserver.filters.InFlight.Visit;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class InFlightTest {

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final InFlight inFlight = new InFlight(2, 1, meters);

    private double present(String kind) {
        return meters.get("apiserver.current.inflight.requests")
                .tag("request_kind", kind)
                .gauge()
                .value();
    }

    @Test
    void whoComesToAFullHouseMustNotWait() {
        Visit first = inFlight.visit(false);
        assertThat(first.enter()).isEqualTo(Place.FREE);
        assertThat(inFlight.visit(false).enter()).isEqualTo(Place.FREE);
        assertThat(inFlight.visit(false).enter()).isEqualTo(Place.CROWDED);
        assertThat(inFlight.visit(false).enter()).isEqualTo(Place.CROWDED);
        assertThat(inFlight.visit(false).enter()).isEqualTo(Place.NONE);

        first.leave();
        assertThat(inFlight.visit(false).enter()).isEqualTo(Place.CROWDED);
    }

    @Test
    void readsDoNotKeepOutWrites() {
        for (int i = 0; i < 5; i++) {
            inFlight.visit(false).enter();
        }

        assertThat(inFlight.visit(true).enter()).isEqualTo(Place.FREE);
    }

    @Test
    void aPlaceIsGivenBackOnce() {
        Visit visit = inFlight.visit(true);
        visit.enter();
        assertThat(present("mutating")).isEqualTo(1);

        visit.leave();
        visit.leave();

        assertThat(present("mutating")).isZero();
    }

    @Test
    void whoHasLeftGetsNoPlace() {
        Visit visit = inFlight.visit(true);
        visit.leave();

        assertThat(visit.enter()).isEqualTo(Place.NONE);
        assertThat(present("mutating")).isZero();
    }

    @Test
    void whoFoundNoPlaceGivesNoneBack() {
        Visit last = inFlight.visit(true);
        inFlight.visit(true).enter();
        inFlight.visit(true).enter();
        assertThat(last.enter()).isEqualTo(Place.NONE);

        last.leave();

        assertThat(present("mutating")).isEqualTo(2);
    }
}
