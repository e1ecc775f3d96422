package io.kybern.apiserver.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class PodLocatorTest {

    private static final JsonNode TWO = Json.read("""
            {"metadata":{"name":"x"},"spec":{"containers":[{"name":"a"},{"name":"b"}],"initContainers":[{"name":"i"}]}}
            """);

    @Test
    void takesTheOnlyContainerAndAnyThatIsNamed() {
        JsonNode one = Json.read("{\"metadata\":{\"name\":\"x\"},\"spec\":{\"containers\":[{\"name\":\"a\"}]}}");

        assertThat(PodLocator.container(one, "")).isEqualTo("a");
        assertThat(PodLocator.container(TWO, "i")).isEqualTo("i");
    }

    @Test
    void saysWhichContainersThereAre() {
        assertThatThrownBy(() -> PodLocator.container(TWO, ""))
                .hasMessage(
                        "a container name must be specified for pod x, choose one of: [a b] or one of the init containers: [i]");
        assertThatThrownBy(() -> PodLocator.container(TWO, "c")).hasMessage("container c is not valid for pod x");
    }
}
