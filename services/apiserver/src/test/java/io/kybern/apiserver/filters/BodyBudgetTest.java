package io.kybern.apiserver.filters;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.filters.BodyBudget.Level;
import io.kybern.apiserver.filters.BodyBudget.Taking;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class BodyBudgetTest {

    private final BodyBudget budget = new BodyBudget(100, new SimpleMeterRegistry());

    private BodyBudget.Share share(String level, boolean exempt) {
        BodyBudget.Share share = budget.share();
        share.countFor(new Level(level, exempt));
        return share;
    }

    @Test
    void oneLevelHasHalfOfItAtMost() {
        assertThat(share("busy", false).take(40)).isEqualTo(Taking.TAKEN);
        assertThat(share("busy", false).take(20)).isEqualTo(Taking.NO_ROOM);
        assertThat(share("other", false).take(20)).isEqualTo(Taking.TAKEN);
    }

    @Test
    void anExemptLevelMayHaveAllThatIsLeft() {
        assertThat(share("busy", false).take(40)).isEqualTo(Taking.TAKEN);
        assertThat(share("exempt", true).take(60)).isEqualTo(Taking.TAKEN);
        assertThat(share("other", false).take(1)).isEqualTo(Taking.NO_ROOM);
    }

    @Test
    void whatIsGivenBackMayBeTakenAgain() {
        BodyBudget.Share first = share("busy", false);
        assertThat(first.take(50)).isEqualTo(Taking.TAKEN);
        first.giveBack();
        assertThat(first.take(1)).isEqualTo(Taking.OVER);
        assertThat(share("busy", false).take(50)).isEqualTo(Taking.TAKEN);
    }

    @Test
    void aLevelOfWhichNothingIsHeldLeavesNothingBehind() {
        BodyBudget.Share first = share("gone", false);
        assertThat(first.take(60)).isEqualTo(Taking.NO_ROOM);
        assertThat(first.take(30)).isEqualTo(Taking.TAKEN);
        assertThat(budget.levels()).isOne();
        first.giveBack();
        share("unused", false).giveBack();
        assertThat(budget.levels()).isZero();
    }
}
