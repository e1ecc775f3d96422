package io.kybern.node.trouble;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.event.Level;

@Timeout(60)
class TroubleTest {

    @Test
    void onlyTheFirstFailureIsAWarningUntilItHasWorkedAgain() {
        Trouble trouble = new Trouble();
        assertThat(trouble.failed()).isEqualTo(Level.WARN);
        assertThat(trouble.failed()).isEqualTo(Level.DEBUG);
        assertThat(trouble.failed()).isEqualTo(Level.DEBUG);
        trouble.over();
        assertThat(trouble.failed()).isEqualTo(Level.WARN);
    }
}
