package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NodeMatchTest {

    private final Node node = new NodeBuilder()
            .withNewMetadata()
            .withName("n")
            .withLabels(Map.of("kubernetes.io/os", "linux"))
            .endMetadata()
            .build();

    private String refusal(Pod pod) {
        return NodeMatch.operatingSystem(pod, node)
                .map(v -> v.reason() + ": " + v.message())
                .orElse("");
    }

    @Test
    void aPodForAnotherOperatingSystemIsRefused() {
        Pod windows = PodFixture.pod().editSpec().withNewOs("windows").endSpec().build();
        assertThat(refusal(windows))
                .isEqualTo("PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS");
        assertThat(refusal(
                        PodFixture.pod().editSpec().withNewOs("linux").endSpec().build()))
                .isEmpty();
        assertThat(refusal(PodFixture.pod().build())).isEmpty();
    }

    @Test
    void aPodThatSelectsAnotherOperatingSystemIsRefusedInWordsOfItsOwn() {
        Pod windows = PodFixture.pod()
                .editSpec()
                .withNodeSelector(Map.of("kubernetes.io/os", "windows"))
                .endSpec()
                .build();
        assertThat(refusal(windows))
                .isEqualTo("PodOSSelectorNodeLabelDoesNotMatch: "
                        + "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label");
    }
}
