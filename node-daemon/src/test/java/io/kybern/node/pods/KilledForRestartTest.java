package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class KilledForRestartTest {

    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int NOBODY_LISTENS = 1;

    @Test
    void aContainerThatFailsItsProbeIsNeverSeenToHaveEnded(@TempDir Path directory) throws Exception {
        try (PodFixture fixture = new PodFixture(new FakeRuntime(), directory)) {
            Pod pod = pod(NOBODY_LISTENS);
            fixture.keeper.seen(pod);
            await("the container has begun anew").atMost(PATIENCE).untilAsserted(() -> assertThat(seen(fixture))
                    .anyMatch(c -> c.getRestartCount() >= 1));
            assertThat(seen(fixture)).noneMatch(c -> c.getState().getTerminated() != null);
        }
    }

    @Test
    void aContainerWhoseNextBeginningTakesLongIsSeenToHaveEnded(@TempDir Path directory) throws Exception {
        FakeRuntime runtime = new FakeRuntime();
        CountDownLatch slow = new CountDownLatch(1);
        runtime.beforeCreation(spec -> {
            if ("1".equals(spec.labels().get(PodLabels.ATTEMPT))) {
                try {
                    slow.await();
                } catch (InterruptedException over) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        try (PodFixture fixture = new PodFixture(runtime, directory)) {
            fixture.keeper.seen(pod(NOBODY_LISTENS));
            await("it is told that nothing runs").atMost(PATIENCE).untilAsserted(() -> assertThat(seen(fixture))
                    .anyMatch(c -> c.getState().getTerminated() != null && !c.getReady()));
            slow.countDown();
        }
    }

    @Test
    void aContainerThatCannotBeginAnewIsSeenToWait(@TempDir Path directory) throws Exception {
        try (PodFixture fixture = new PodFixture(new FakeRuntime(), directory)) {
            fixture.keeper.seen(PodFixture.pod().build());
            await("the container runs").atMost(PATIENCE).untilAsserted(() -> assertThat(seen(fixture))
                    .anyMatch(c -> c.getState().getRunning() != null));
            fixture.keeper.seen(PodFixture.pod()
                    .editMetadata()
                    .withResourceVersion("2")
                    .withGeneration(2L)
                    .endMetadata()
                    .editSpec()
                    .editFirstContainer()
                    .withImage("kybern/absent:1")
                    .endContainer()
                    .endSpec()
                    .build());
            await("the container waits for its image").atMost(PATIENCE).untilAsserted(() -> assertThat(seen(fixture))
                    .anyMatch(c -> c.getState().getWaiting() != null
                            && List.of("ErrImagePull", "ImagePullBackOff")
                                    .contains(c.getState().getWaiting().getReason())
                            && !c.getReady()));
        }
    }

    private static List<ContainerStatus> seen(PodFixture fixture) {
        return fixture.client.written.stream()
                .flatMap(s -> s.getContainerStatuses().stream())
                .toList();
    }

    private static Pod pod(int port) {
        return PodFixture.pod()
                .editSpec()
                .withRestartPolicy("Always")
                .editFirstContainer()
                .withNewStartupProbe()
                .withFailureThreshold(1)
                .withPeriodSeconds(1)
                .withTimeoutSeconds(1)
                .withSuccessThreshold(1)
                .withInitialDelaySeconds(0)
                .withNewHttpGet()
                .withHost("127.0.0.1")
                .withNewPort(port)
                .withPath("/")
                .endHttpGet()
                .endStartupProbe()
                .endContainer()
                .endSpec()
                .build();
    }
}
