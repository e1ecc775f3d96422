package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine that does not do as it is asked, or not at once. */
@Timeout(120)
class StubbornEngineTest {

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

    private String awaitRunning(Pod pod) {
        fixture.keeper.seen(pod);
        await("it is told to run").atMost(PATIENCE).until(() -> "Running"
                .equals(fixture.client.status(pod).getPhase()));
        return runtime.running("main").orElseThrow();
    }

    private String sandbox() {
        return runtime.list(Map.of(PodLabels.UID, "u")).stream()
                .filter(c -> c.labels().get(PodLabels.KIND).equals(ContainerKind.SANDBOX.name()))
                .findFirst()
                .orElseThrow()
                .id();
    }

    private static Pod deleted(Pod pod) {
        return new PodBuilder(pod)
                .editMetadata()
                .withResourceVersion("1000")
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .withDeletionGracePeriodSeconds(30L)
                .endMetadata()
                .build();
    }

    @Test
    void aSignalThatDidNotArriveIsSentAgainBeforeTheTimeIsUp() {
        Pod pod = PodFixture.pod().build();
        awaitRunning(pod);
        runtime.loseSignals(1);
        fixture.keeper.seen(deleted(pod));
        await("it has ended").atMost(PATIENCE).until(() -> fixture.client.confirmed(pod));
        assertThat(runtime.signals).containsExactly("SIGTERM");
    }

    @Test
    void whatCannotBeRemovedKeepsNoPodFromTellingHowItIs() {
        Pod pod = PodFixture.pod().build();
        awaitRunning(pod);
        runtime.refuseRemoval("u");
        runtime.end(sandbox(), 137);
        await("it runs in another sandbox").atMost(PATIENCE).untilAsserted(() -> {
            ContainerStatus status =
                    fixture.client.status(pod).getContainerStatuses().getFirst();
            assertThat(status.getRestartCount()).isEqualTo(1);
            assertThat(status.getState().getRunning()).isNotNull();
        });
    }

    @Test
    void aSandboxThatHasEndedButCannotBeRemovedKeepsNoPodFromGoing() {
        Pod pod = PodFixture.pod().build();
        awaitRunning(pod);
        runtime.refuseRemoval("u");
        runtime.endUnheard(sandbox(), 137);
        fixture.keeper.seen(deleted(pod));
        await("it is let go").atMost(PATIENCE).until(() -> fixture.client.confirmed(pod));
    }

    @Test
    void ofTwoPodsOfOneNameTheOneThatExistsIsMeant() {
        Pod former = PodFixture.pod().build();
        awaitRunning(former);
        runtime.stubborn = true;
        // removed at once, without having been asked to end before
        fixture.keeper.gone(former);
        for (String uid : new String[] {"a", "v", "z"}) {
            Pod latter =
                    PodFixture.pod().editMetadata().withUid(uid).endMetadata().build();
            fixture.keeper.seen(latter);
            await("it runs").atMost(PATIENCE).until(() -> "Running"
                    .equals(fixture.client.status(latter).getPhase()));
            assertThat(fixture.keeper.pod("ns", "p").orElseThrow().getMetadata().getUid())
                    .isEqualTo(uid);
            fixture.keeper.gone(latter);
        }
    }

    @Test
    void aKeeperThatHangsHasNoPulse() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch reached = new CountDownLatch(1);
        fixture.whenNodeIsRead = () -> {
            reached.countDown();
            try {
                hangs.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        AtomicInteger beats = new AtomicInteger();
        fixture.keeper.afterAllElse(beats::incrementAndGet);
        await("it beats").atMost(PATIENCE).until(() -> beats.get() == 1);
        fixture.keeper.seen(PodFixture.pod().build());
        reached.await();
        fixture.keeper.afterAllElse(beats::incrementAndGet);
        assertThat(beats).hasValue(1);
        hangs.countDown();
        await("it beats again").atMost(PATIENCE).until(() -> beats.get() == 2);
    }
}
