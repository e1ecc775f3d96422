package io.kybern.deployment.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutBoundsTest {

    @ParameterizedTest
    @CsvSource({
        "3, 25%, 25%, 1, 0", // the defaults: surge rounds up, unavailable down
        "10, 25%, 25%, 3, 2",
        "1, 25%, 25%, 1, 0",
        "4, 1, 0, 1, 0",
        "4, 0, 0, 0, 1", // one of them must give way
        "4, 0%, 1%, 0, 1",
        "2, 50%, 200%, 1, 2", // never more than all
        "0, 25%, 25%, 0, 0",
    })
    void roundsAsDocumented(int replicas, String surge, String unavailable, int maxSurge, int maxUnavailable) {
        RolloutBounds bounds = RolloutBounds.of(
                Fixtures.rolling(Fixtures.deployment(replicas, "a"), value(surge), value(unavailable)));
        assertThat(bounds).isEqualTo(new RolloutBounds(replicas, maxSurge, maxUnavailable, false));
    }

    @Test
    void recreateAllowsNeitherMoreNorFewer() {
        assertThat(RolloutBounds.of(Fixtures.recreate(Fixtures.deployment(5, "a"))))
                .isEqualTo(new RolloutBounds(5, 0, 0, true));
    }

    private static IntOrString value(String text) {
        return text.endsWith("%") ? new IntOrString(text) : new IntOrString(Integer.valueOf(text));
    }
}
