package io.kybern.apiserver.registry.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import org.junit.jupiter.api.Test;
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

    @ParameterizedTest
    @CsvSource({
        "i, Always",
        "i:latest, Always",
        "r:5000/i, Always",
        "i:1, IfNotPresent",
        "i@sha256:1, IfNotPresent",
        "i:latest@sha256:1, Always",
    })
    void whatMayChangeUnderItsNameIsAlwaysPulled(String image, String policy) {
        assertThat(PodSpecDefaults.pullPolicy(image)).isEqualTo(policy);
    }

    @Test
    void onlyPodsThemselvesTakeThePortsOfTheirNode() {
        ObjectNode spec = (ObjectNode)
                Json.read("{\"hostNetwork\": true, \"containers\": [{\"ports\": [{\"containerPort\": 80}]}]}");
        PodSpecDefaults.apply(spec);
        assertThat(spec.at("/containers/0/ports/0/hostPort").isMissingNode()).isTrue();
        PodSpecDefaults.applyToPod(spec);
        assertThat(spec.at("/containers/0/ports/0/hostPort").asInt()).isEqualTo(80);
    }
}
