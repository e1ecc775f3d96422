package io.kybern.node.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.node.probes.ProbeCounter.Standing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProbeCounterTest {

    private static ProbeCounter after(ProbeKind kind, int successThreshold, int failureThreshold, String outcomes) {
        ProbeCounter counter = ProbeCounter.initial(kind);
        for (char outcome : outcomes.toCharArray()) {
            counter = counter.with(
                    switch (outcome) {
                        case '+' -> ProbeOutcome.Result.SUCCESS;
                        case '-' -> ProbeOutcome.Result.FAILURE;
                        default -> ProbeOutcome.Result.UNKNOWN;
                    },
                    successThreshold,
                    failureThreshold);
        }
        return counter;
    }

    @Test
    void beforeTheFirstOutcomeAContainerLivesAndIsNeitherReadyNorStarted() {
        assertThat(ProbeCounter.initial(ProbeKind.LIVENESS).standing()).isEqualTo(Standing.GOOD);
        assertThat(ProbeCounter.initial(ProbeKind.READINESS).standing()).isEqualTo(Standing.BAD);
        assertThat(ProbeCounter.initial(ProbeKind.STARTUP).standing()).isEqualTo(Standing.UNDECIDED);
    }

    @Test
    void onlyFailuresInARowCount() {
        assertThat(after(ProbeKind.LIVENESS, 1, 3, "--+--").standing()).isEqualTo(Standing.GOOD);
        assertThat(after(ProbeKind.LIVENESS, 1, 3, "--+---").standing()).isEqualTo(Standing.BAD);
    }

    @Test
    void onlySuccessesInARowCount() {
        assertThat(after(ProbeKind.READINESS, 3, 1, "++-++").standing()).isEqualTo(Standing.BAD);
        assertThat(after(ProbeKind.READINESS, 3, 1, "++-+++").standing()).isEqualTo(Standing.GOOD);
    }

    @Test
    void whatCouldNotBeFoundOutChangesNothing() {
        assertThat(after(ProbeKind.LIVENESS, 1, 3, "--?-").standing()).isEqualTo(Standing.BAD);
        assertThat(after(ProbeKind.READINESS, 2, 1, "+?+").standing()).isEqualTo(Standing.GOOD);
    }
}
