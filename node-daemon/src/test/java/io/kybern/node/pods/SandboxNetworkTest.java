package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sandbox that runs without its network, because whoever made it could not go on. */
@Timeout(120)
class SandboxNetworkTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void aNetworkThatFailsUnexpectedlyIsTriedAgainLater(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        try (PodFixture fixture = new PodFixture(runtime, directory)) {
            fixture.network.diskIsFull = true;
            fixture.keeper.seen(PodFixture.pod().build());
            await("it is tried again").atMost(PATIENCE).until(() -> fixture.network.asked.size() > 2);
            for (int i = 0; i < 2; i++) {
                assertThat(Duration.between(fixture.network.asked.get(i), fixture.network.asked.get(i + 1)))
                        .isGreaterThan(Duration.ofMillis(900));
            }
            assertThat(fixture.events.messages)
                    .anyMatch(message -> message.startsWith("Failed to create pod sandbox: "));
        }
    }

    @Test
    void volumesThatFailUnexpectedlyAreTriedAgainLater(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        try (PodFixture fixture = new PodFixture(runtime, directory)) {
            fixture.volumes.broken = true;
            fixture.keeper.seen(PodFixture.pod().build());
            await("they are tried again").atMost(PATIENCE).until(() -> fixture.volumes.asked.size() > 2);
            for (int i = 0; i < 2; i++) {
                assertThat(Duration.between(fixture.volumes.asked.get(i), fixture.volumes.asked.get(i + 1)))
                        .isGreaterThan(Duration.ofMillis(900));
            }
        }
    }

    @Test
    void nothingStartsInASandboxBeforeItHasItsNetwork(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        try (PodFixture fixture = new PodFixture(runtime, directory)) {
            Pod pod = PodFixture.pod().build();
            fixture.network.refuses = true;
            runtime.refuseRemoval("u");
            fixture.keeper.seen(pod);
            await("its network is tried again")
                    .atMost(PATIENCE)
                    .until(() -> fixture.events.reasons().stream()
                                    .filter("FailedCreatePodSandBox"::equals)
                                    .count()
                            >= 2);
            assertThat(runtime.running("main")).isEmpty();

            fixture.network.refuses = false;
            await("the pod runs").atMost(PATIENCE).until(() -> "Running"
                    .equals(fixture.client.status(pod).getPhase()));
            assertThat(fixture.client.status(pod).getPodIP()).isNotEmpty();
        }
    }
}
