package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the status of a pod tells, and when. */
@Timeout(120)
class ReportedStatusTest {

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

    private static PodBuilder pod(String uid) {
        return PodFixture.pod().editMetadata().withUid(uid).withGeneration(1L).endMetadata();
    }

    private ContainerStatus first(Pod pod) {
        return fixture.client.status(pod).getContainerStatuses().getFirst();
    }

    @Test
    void aGenerationIsObservedWhenThePodIsAsItWantsAndNotWhenItIsHeardOf() {
        Pod pod = pod("u").build();
        String id = awaitRunning(pod);
        fixture.client.generation = 2L;
        runtime.end(id, 1);
        await("the answer of one write has told of the next")
                .atMost(PATIENCE)
                .until(() -> fixture.client.stored(pod).getMetadata().getGeneration() == 2);
        runtime.end(
                await("it runs again")
                        .atMost(PATIENCE)
                        .until(() -> runtime.running("main").orElse(""), now -> !now.isEmpty()),
                1);
        await("it waits").atMost(PATIENCE).until(() -> first(pod).getState().getWaiting() != null);
        assertThat(fixture.client.written)
                .extracting(PodStatus::getObservedGeneration)
                .containsOnly(1L);

        fixture.keeper.seen(new PodBuilder(fixture.client.stored(pod))
                .editMetadata()
                .withResourceVersion("1000")
                .endMetadata()
                .build());
        await("it is observed")
                .atMost(PATIENCE)
                .until(() -> fixture.client.status(pod).getObservedGeneration() == 2);
    }

    @Test
    void aPodThatIsOverKeepsItsAddressesWhenItsDaemonIsStartedAnew() {
        Pod pod = pod("u").withNewStatus()
                .withPhase("Succeeded")
                .withStartTime("2026-01-01T00:00:00Z")
                .withPodIP("10.244.0.77")
                .withPodIPs(new PodIP("10.244.0.77"))
                .endStatus()
                .build();
        fixture.keeper.seen(pod);
        await("it is told of").atMost(PATIENCE).until(() -> fixture.client.stored(pod) != null);
        assertThat(fixture.client.status(pod).getPodIP()).isEqualTo("10.244.0.77");
        assertThat(fixture.client.status(pod).getPodIPs()).containsExactly(new PodIP("10.244.0.77"));
    }

    @Test
    void aContainerThatAsksForNothingHasResourcesThatAreEmpty() throws Exception {
        Pod pod = pod("u").build();
        awaitRunning(pod);
        assertThat(first(pod).getResources()).isNotNull();
        assertThat(Serialization.asJson(first(pod)))
                .contains("\"resources\":{}")
                .doesNotContain("allocatedResources");

        fixture.restart();
        Pod stored = fixture.client.stored(pod);
        int before = fixture.client.written.size();
        fixture.keeper.seen(stored);
        await("the next daemon tells of it").atMost(PATIENCE).until(() -> fixture.client.written.size() > before);
        assertThat(fixture.events.reasons()).noneMatch(reason -> reason.startsWith("Resize"));
    }

    @Test
    void thatThePodIsScheduledIsTrueOfTheGenerationThatTheNodeObserves() {
        Pod pod = pod("u").withNewStatus()
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("True")
                .withLastTransitionTime("2026-01-01T00:00:00Z")
                .endCondition()
                .endStatus()
                .build();
        awaitRunning(pod);
        assertThat(fixture.client.status(pod).getConditions())
                .filteredOn(condition -> condition.getType().equals("PodScheduled"))
                .singleElement()
                .satisfies(condition -> {
                    assertThat(condition.getStatus()).isEqualTo("True");
                    assertThat(condition.getObservedGeneration()).isEqualTo(1);
                    assertThat(condition.getLastTransitionTime()).isEqualTo("2026-01-01T00:00:00Z");
                });
        assertThat(fixture.client.status(pod).getConditions())
                .extracting(PodCondition::getObservedGeneration)
                .containsOnly(1L);
    }

    @Test
    void aContainerThatIsNotStartedAgainDoesNotWait() {
        Pod pod = pod("u").editSpec()
                .withRestartPolicy("Never")
                .editFirstContainer()
                .withNewLifecycle()
                .withNewPostStart()
                .withNewTcpSocket()
                .withHost("127.0.0.1")
                .withNewPort(1)
                .endTcpSocket()
                .endPostStart()
                .endLifecycle()
                .endContainer()
                .addNewContainer()
                .withName("other")
                .withImage("kybern/testbox:1")
                .endContainer()
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        await("the other runs").atMost(PATIENCE).until(() -> runtime.running("other")
                .isPresent());
        await("the first has ended for good")
                .atMost(PATIENCE)
                .until(() -> first(pod).getState().getTerminated() != null);
        assertThat(first(pod).getLastState()).isNull();
    }
}
