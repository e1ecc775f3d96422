package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sandbox that ends takes the work of init containers with it, though the API server takes their end for final. */
@Timeout(120)
class InitsRunAgainTest {

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

    private static Pod pod(String policy) {
        return PodFixture.pod()
                .editSpec()
                .withRestartPolicy(policy)
                .addNewInitContainer()
                .withName("prepare")
                .withImage("kybern/testbox:1")
                .endInitContainer()
                .endSpec()
                .build();
    }

    private String awaitRunning(String container, String before) {
        return await(container + " runs")
                .atMost(PATIENCE)
                .until(() -> runtime.running(container).orElse(before), id -> !id.equals(before));
    }

    private String begun(Pod pod) {
        fixture.keeper.seen(pod);
        runtime.end(awaitRunning("prepare", ""), 0);
        String main = awaitRunning("main", "");
        await("it is told to run").atMost(PATIENCE).until(() -> "Running"
                .equals(fixture.client.status(pod).getPhase()));
        return main;
    }

    private void endSandbox() {
        String sandbox = runtime.list(Map.of(PodLabels.UID, "u")).stream()
                .filter(c -> c.labels().get(PodLabels.KIND).equals(ContainerKind.SANDBOX.name()))
                .findFirst()
                .orElseThrow()
                .id();
        runtime.end(sandbox, 137);
    }

    @Test
    void whatIsRefusedMeanwhileKeepsNoPodFromTellingThatItRunsAgain() {
        Pod pod = pod("OnFailure");
        String before = begun(pod);
        endSandbox();
        runtime.end(awaitRunning("prepare", ""), 0);
        String again = awaitRunning("main", before);
        await("it is told to run again").atMost(PATIENCE).untilAsserted(() -> {
            PodStatus status = fixture.client.status(pod);
            ContainerStatus main = status.getContainerStatuses().getFirst();
            assertThat(main.getContainerID()).isEqualTo("docker://" + again);
            assertThat(main.getState().getRunning()).isNotNull();
            assertThat(status.getInitContainerStatuses().getFirst().getState().getTerminated())
                    .isNotNull();
        });
    }

    @Test
    void onePodThatNeverStartsAgainEndsWithItsSandbox() {
        Pod pod = pod("Never");
        begun(pod);
        endSandbox();
        await("it has failed").atMost(PATIENCE).until(() -> "Failed"
                .equals(fixture.client.status(pod).getPhase()));
        assertThat(fixture.client.refused).isEmpty();
    }
}
