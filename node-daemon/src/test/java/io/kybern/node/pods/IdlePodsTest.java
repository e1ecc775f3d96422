package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class IdlePodsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long FIRST_REVISION = 1_000_000;

    private final FakeRuntime runtime = new FakeRuntime();
    private final AtomicLong generation = new AtomicLong();
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

    /** Changes the object and waits until the worker has gone over it; answers whether it asked the engine on the way. */
    private boolean asksWhenTheObjectChanges(Pod pod) {
        int looks = runtime.looks();
        long next = generation.incrementAndGet();
        fixture.keeper.seen(new PodBuilder(pod)
                .editMetadata()
                .withGeneration(next)
                // newer than what the worker has written
                .withResourceVersion(String.valueOf(FIRST_REVISION + next))
                .endMetadata()
                .build());
        await("the worker went over it").atMost(PATIENCE).until(() -> Long.valueOf(next)
                .equals(fixture.client.status(pod).getObservedGeneration()));
        return runtime.looks() != looks;
    }

    @Test
    void whoIsUpAndRunningDoesNotAskTheEngine() {
        Pod pod = PodFixture.pod().build();
        awaitRunning(pod);
        await("it comes to rest").atMost(PATIENCE).until(() -> !asksWhenTheObjectChanges(pod));
    }

    @Test
    void whoHasSomethingLeftToStartAsks() {
        Pod pod = PodFixture.pod()
                .editSpec()
                .editFirstContainer()
                .withImage("nowhere/none:1")
                .endContainer()
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        await("the pull fails")
                .atMost(PATIENCE)
                .until(() -> fixture.events.reasons().contains("Failed"));
        assertThat(asksWhenTheObjectChanges(pod)).isTrue();
        assertThat(asksWhenTheObjectChanges(pod)).isTrue();
    }

    @Test
    void anEndThatNobodyReportedIsFoundByTheListOfAllContainers() {
        Pod pod = PodFixture.pod().build();
        String first = awaitRunning(pod);
        // after the first list everybody looks: there is nothing to compare it with
        fixture.keeper.relist();
        await("it comes to rest").atMost(PATIENCE).until(() -> !asksWhenTheObjectChanges(pod));
        runtime.endUnheard(first, 1);
        await("it is started anew").atMost(PATIENCE).until(() -> {
            fixture.keeper.relist();
            return runtime.running("main").filter(id -> !id.equals(first)).isPresent();
        });
    }

    @Test
    void whatHappenedWhileTheEngineWasAwayIsFoundAfterwards() {
        Pod pod = PodFixture.pod().build();
        String first = awaitRunning(pod);
        await("it comes to rest").atMost(PATIENCE).until(() -> !asksWhenTheObjectChanges(pod));
        runtime.refuseLists(3);
        runtime.endUnheard(first, 1);
        await("it is started anew").atMost(PATIENCE).until(() -> {
            fixture.keeper.relist();
            return runtime.running("main").filter(id -> !id.equals(first)).isPresent();
        });
    }
}
