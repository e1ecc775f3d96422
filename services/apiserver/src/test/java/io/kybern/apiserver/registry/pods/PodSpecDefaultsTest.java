package io.kybern.apiserver.registry.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
final class PodSpecDefaultsTest {

    @ParameterizedTest
    @CsvSource({"-1, 1", "-300, 1", "0, 0", "45, 45"})
    void aPodHasAtLeastNoTimeToEnd(long wanted, long expected) {
        ObjectNode spec = (ObjectNode) Json.read("{\"terminationGracePeriodSeconds\": " + wanted + "}");
        PodSpecDefaults.apply(spec);
        PodSpecDefaults.applyToPod(spec);
        assertThat(spec.path("terminationGracePeriodSeconds").asLong()).isEqualTo(expected);
    }
}
