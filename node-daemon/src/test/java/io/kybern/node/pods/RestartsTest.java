package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RestartsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FakeRuntime runtime = new FakeRuntime();
    private PodFixture fixture;

    private static Pod pod(String image) {
        return PodFixture.pod()
                .editSpec()
                .editFirstContainer()
                .withImage(image)
                .endContainer()
                .endSpec()
                .build();
    }

    private static ContainerStatus first(PodStatus status) {
        return status.getContainerStatuses().getFirst();
    }

    @BeforeEach
    void begin(@TempDir Path directory) {
        fixture = new PodFixture(runtime, directory);
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
    }

    private String awaitRunning(int restarts) {
        return await("running for the time " + restarts)
                .atMost(PATIENCE)
                .until(
                        () -> runtime.running("main")
                                .filter(id -> runtime.spec(id)
                                        .labels()
                                        .get(PodLabels.ATTEMPT)
                                        .equals(String.valueOf(restarts)))
                                .orElse(""),
                        id -> !id.isEmpty());
    }

    @Test
    void theFirstFailureIsFollowedByARestartAndTheSecondByAWait() throws Exception {
        Pod pod = pod("kybern/testbox:1");
        fixture.keeper.seen(pod);
        String first = awaitRunning(0);

        List<String> meanwhile = new CopyOnWriteArrayList<>();
        CountDownLatch looked = new CountDownLatch(1);
        runtime.beforeCreation(spec -> {
            // the worker looks again while the container is on its way
            fixture.keeper.seen(new PodBuilder(pod)
                    .editMetadata()
                    .withResourceVersion("1000")
                    .addToLabels("changed", "yes")
                    .endMetadata()
                    .build());
            await().atMost(PATIENCE).until(() -> fixture.keeper
                    .pod("ns", "p")
                    .filter(p -> p.getMetadata().getLabels().containsKey("changed"))
                    .isPresent());
            int looks = runtime.looks();
            await("the worker looked and acted").atMost(PATIENCE).until(() -> {
                fixture.keeper.seen(pod);
                return runtime.looks() > looks + 2;
            });
            meanwhile.addAll(fixture.events.reasons());
            looked.countDown();
        });
        runtime.end(first, 1);
        looked.await();
        assertThat(meanwhile).doesNotContain("BackOff");
        String second = awaitRunning(1);
        assertThat(fixture.events.reasons()).doesNotContain("BackOff");

        runtime.end(second, 1);
        await("it waits").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        first(fixture.client.status(pod)).getState().getWaiting())
                .satisfies(w -> {
                    assertThat(w.getReason()).isEqualTo("CrashLoopBackOff");
                    assertThat(w.getMessage()).isEqualTo("back-off 10s restarting failed container=main pod=p_ns(u)");
                }));
        assertThat(fixture.events.reasons()).contains("BackOff");
    }

    @Test
    void aContainerThatItsOwnRulesRestartIsRestartedInAPodThatIsNot() {
        Pod pod = new PodBuilder(pod("kybern/testbox:1"))
                .editSpec()
                .withRestartPolicy("Never")
                .editFirstContainer()
                .withRestartPolicy("Never")
                .addNewRestartPolicyRule()
                .withAction("Restart")
                .withNewExitCodes()
                .withOperator("In")
                .withValues(42)
                .endExitCodes()
                .endRestartPolicyRule()
                .endContainer()
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        runtime.end(awaitRunning(0), 42);
        runtime.end(awaitRunning(1), 1);
        await("the pod is over").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        fixture.client.status(pod).getPhase())
                .isEqualTo("Failed"));
    }

    @Test
    void aPodWhoseVolumeOutgrowsItsLimitIsEvicted() {
        Pod pod = new PodBuilder(pod("kybern/testbox:1"))
                .editSpec()
                .addNewVolume()
                .withName("scratch")
                .withNewEmptyDir()
                .withSizeLimit(new Quantity("1Mi"))
                .endEmptyDir()
                .endVolume()
                .endSpec()
                .build();
        fixture.volumes.used.put("scratch", 2L << 20);
        fixture.keeper.seen(pod);
        await("it is evicted").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(fixture.client.status(pod).getPhase()).isEqualTo("Failed");
            assertThat(fixture.client.status(pod).getReason()).isEqualTo("Evicted");
        });
        assertThat(fixture.client.status(pod).getMessage())
                .isEqualTo("Usage of EmptyDir volume \"scratch\" exceeds the limit \"1Mi\". ");
        assertThat(fixture.events.reasons()).contains("Evicted");
    }

    @Test
    void aFailedPullIsToldWithItsReason() {
        Pod pod = pod("nowhere/none:1");
        fixture.keeper.seen(pod);
        await("the pull fails").atMost(PATIENCE).untilAsserted(() -> assertThat(first(fixture.client.status(pod))
                        .getState()
                        .getWaiting()
                        .getReason())
                .isEqualTo("ErrImagePull"));
        assertThat(fixture.events.messages)
                .containsSubsequence(
                        "Pulling image \"nowhere/none:1\"",
                        "Failed to pull image \"nowhere/none:1\": no such image",
                        "Error: ErrImagePull");
    }

    @Test
    void anImageThatIsNoNameIsNotAskedFor() {
        Pod pod = pod("../containers/json");
        fixture.keeper.seen(pod);
        String message = "Failed to apply default image tag \"../containers/json\": "
                + "couldn't parse image name \"../containers/json\": invalid reference format";
        await("it is refused").atMost(PATIENCE).untilAsserted(() -> {
            var waiting = first(fixture.client.status(pod)).getState().getWaiting();
            assertThat(waiting.getReason()).isEqualTo("InvalidImageName");
            assertThat(waiting.getMessage()).isEqualTo(message);
        });
        assertThat(fixture.events.messages).containsSubsequence(message, "Error: InvalidImageName");
        assertThat(fixture.events.reasons()).contains("InspectFailed").doesNotContain("Pulling");
    }
}
