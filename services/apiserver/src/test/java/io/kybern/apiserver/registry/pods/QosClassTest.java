package io.kybern.apiserver.registry.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QosClassTest {

    private static final String NOTHING = "{}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | BestEffort",
                "{'requests': {'cpu': '1'}} | Burstable",
                "{'limits': {'cpu': '1'}} | Burstable",
                "{'limits': {'cpu': '1', 'memory': '1Gi'}} | Guaranteed",
                "{'requests': {'cpu': '500m'}, 'limits': {'cpu': '1', 'memory': '1Gi'}} | Burstable",
                "{'requests': {'cpu': '1', 'memory': '1024Mi'}, 'limits': {'cpu': '1000m', 'memory': '1Gi'}} | Guaranteed"
            })
    void isThatOfItsContainersAndOfThePodAsAWhole(String resources, String expected) {
        assertThat(of(NOTHING, resources)).isEqualTo(expected);
        assertThat(of(resources, NOTHING)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'requests': {'cpu': '1'}} | {'limits': {'cpu': '1', 'memory': '1Gi'}} | Burstable",
                "{'limits': {'cpu': '1', 'memory': '1Gi'}} | {'requests': {'cpu': '1m'}} | Guaranteed"
            })
    void whatThePodAsksForAsAWholeDecidesAlone(String whole, String ofContainer, String expected) {
        assertThat(of(whole, ofContainer)).isEqualTo(expected);
    }

    private static String of(String whole, String ofContainer) {
        String spec = "{'resources': %s, 'containers': [{'name': 'c', 'resources': %s}]}".formatted(whole, ofContainer);
        return QosClass.of(Json.read(spec.replace('\'', '"')));
    }
}
