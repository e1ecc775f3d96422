package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pods whose machine is turned off, and pods whose daemon is. */
@Timeout(120)
class PodShutdownTest {

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
                .build();
    }

    private String awaitRunning() {
        return await("it runs")
                .atMost(PATIENCE)
                .until(() -> runtime.running("main").orElse(""), id -> !id.isEmpty());
    }

    @Test
    void anEndedPodTellsWhyOnceNothingOfItRuns() throws Exception {
        Pod pod = pod("p");
        fixture.keeper.seen(pod);
        awaitRunning();
        fixture.keeper.end(pod, PodEnding.shutDown(5)).get(60, TimeUnit.SECONDS);
        assertThat(runtime.running("main")).isEmpty();
        PodStatus status = fixture.client.status(pod);
        assertThat(status.getPhase()).isEqualTo("Failed");
        assertThat(status.getReason()).isEqualTo("Terminated");
        assertThat(status.getMessage()).isEqualTo("Pod was terminated in response to imminent node shutdown.");
        assertThat(status.getConditions())
                .filteredOn(c -> c.getType().equals("DisruptionTarget"))
                .singleElement()
                .extracting(PodCondition::getReason)
                .isEqualTo("TerminationByKubelet");
        assertThat(fixture.events.reasons()).doesNotContain("Terminated").contains("Killing");
    }

    @Test
    void aPodThatIsNotHereIsOver() {
        assertThat(fixture.keeper.end(pod("elsewhere"), PodEnding.shutDown(5))).isCompleted();
    }

    @Test
    void aMachineThatIsTurnedOffTakesNoMorePods() {
        fixture.keeper.takeNoMore();
        Pod pod = pod("late");
        fixture.keeper.seen(pod);
        await("it is refused").atMost(PATIENCE).untilAsserted(() -> {
            PodStatus status = fixture.client.status(pod);
            assertThat(status.getPhase()).isEqualTo("Failed");
            assertThat(status.getReason()).isEqualTo("NodeShutdown");
            assertThat(status.getMessage())
                    .isEqualTo("Pod was rejected: Pod was rejected as the node is shutting down.");
        });
    }

    @Test
    void theEndOfTheDaemonAloneLeavesPodsRunning() throws Exception {
        Pod pod = pod("p");
        fixture.keeper.seen(pod);
        String id = awaitRunning();
        await("its status is known").atMost(PATIENCE).until(() -> fixture.client.stored(pod) != null);
        runtime.signals.clear();
        fixture.restart();
        fixture.keeper.seen(fixture.client.stored(pod));
        await("the next daemon knows it").atMost(PATIENCE).until(() -> fixture.keeper.runningContainers() == 1);
        assertThat(runtime.running("main")).contains(id);
        assertThat(runtime.signals).isEmpty();
    }
}
