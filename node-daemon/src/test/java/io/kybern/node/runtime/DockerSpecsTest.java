package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.HostConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DockerSpecsTest {

    private static ContainerSpec in(@Nullable String group) {
        return new ContainerSpec(
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
                null,
                group);
    }

    private static final ContainerSpec PLAIN = in(null);

    @Test
    void aContainerInTheGroupOfItsPodIsBoundedByThatGroup() {
        HostConfig host = DockerSpecs.host(in("/kubepods/pod1"), false, limited(500));
        assertThat(host.getCgroupParent()).isEqualTo("/kubepods/pod1");
        assertThat(host.getPidsLimit()).isNull();
        assertThat(DockerSpecs.host(PLAIN, false, limited(500)).getCgroupParent())
                .isNull();
    }

    @Test
    void aContainerHasNoMoreProcessesThanTheNodeAllows() {
        assertThat(DockerSpecs.host(PLAIN, false, limited(500)).getPidsLimit()).isEqualTo(500);
    }

    @Test
    void withoutALimitTheNumberOfProcessesIsLeftToTheEngine() {
        assertThat(DockerSpecs.host(PLAIN, false, limited(-1)).getPidsLimit()).isNull();
        assertThat(DockerSpecs.host(PLAIN, false, limited(0)).getPidsLimit()).isNull();
    }

    private static DockerSettings limited(long pids) {
        return new DockerSettings(Path.of("socket"), Duration.ofSeconds(1), pids);
    }

    @Test
    void logsAreInAsManyFilesOfThatSizeAsIsSet() {
        assertThat(DockerSpecs.host(PLAIN, false, limited(-1)).getLogConfig().getConfig())
                .containsEntry("max-size", "10485760")
                .containsEntry("max-file", "5");
    }
}
