package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DockerSpecsTest {

    private static final ContainerSpec PLAIN = new ContainerSpec(
            "c",
            "image",
            null,
            null,
            List.of(),
            null,
            Map.of(),
            List.of(),
            List.of(),
            new ContainerSpec.Namespaces(null, null, null, null, null),
            ContainerSpec.Security.plain(),
            ContainerSpec.Resources.none(),
            ContainerSpec.Console.none(),
            null);

    @Test
    void aContainerHasNoMoreProcessesThanTheNodeAllows() {
        assertThat(DockerSpecs.host(PLAIN, false, 500).getPidsLimit()).isEqualTo(500);
    }

    @Test
    void withoutALimitTheNumberOfProcessesIsLeftToTheEngine() {
        assertThat(DockerSpecs.host(PLAIN, false, -1).getPidsLimit()).isNull();
        assertThat(DockerSpecs.host(PLAIN, false, 0).getPidsLimit()).isNull();
    }
}
