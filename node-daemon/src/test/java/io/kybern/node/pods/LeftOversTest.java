package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What pods have left that were deleted while the daemon was away. */
@Timeout(120)
class LeftOversTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final FakeRuntime runtime = new FakeRuntime();
    private PodFixture fixture;

    @BeforeEach
    void begin(@TempDir Path directory) {
        fixture = new PodFixture(runtime, directory);
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
    }

    private static Pod pod(String name) {
        return PodFixture.pod()
                .editMetadata()
                .withName(name)
                .withUid(name)
                .endMetadata()
                .editSpec()
                .editFirstContainer()
                .withName(name)
                .endContainer()
                .endSpec()
                .build();
    }

    private void awaitRunning(String name) {
        await(name + " runs").atMost(PATIENCE).until(() -> runtime.running(name).isPresent());
    }

    @Test
    void areLookedForAgainWithoutHarmToPodsThatCameMeanwhile() throws Exception {
        fixture.keeper.seen(pod("former"));
        awaitRunning("former");
        fixture.restart();
        runtime.refuseLists(1);
        fixture.keeper.synced(Set.of());
        fixture.keeper.seen(pod("new"));
        awaitRunning("new");
        await("the former pod is gone").atMost(PATIENCE).until(() -> runtime.running("former")
                .isEmpty());
        assertThat(runtime.running("new")).isPresent();
        assertThat(fixture.keeper.pod("ns", "new")).isPresent();
    }
}
