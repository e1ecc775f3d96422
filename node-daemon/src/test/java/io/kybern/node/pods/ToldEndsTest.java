package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pods of which somebody else says that they have ended, as controllers do and administrators may. */
@Timeout(120)
class ToldEndsTest {

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

    @Test
    void aPodThatIsSaidToHaveFailedIsStoppedAndStaysFailed() {
        Pod pod = PodFixture.pod().build();
        fixture.keeper.seen(pod);
        await("it runs").until(() -> "Running".equals(fixture.client.status(pod).getPhase()));
        int before = fixture.client.written.size();

        fixture.keeper.seen(new PodBuilder(fixture.client.stored(pod))
                .editMetadata()
                .withResourceVersion("1000")
                .endMetadata()
                .editStatus()
                .withPhase("Failed")
                .withReason("Told")
                .endStatus()
                .build());

        await("nothing of it runs").until(() -> runtime.running("main").isEmpty());
        await("the status says so").untilAsserted(() -> {
            PodStatus status = fixture.client.status(pod);
            assertThat(status.getPhase() + " " + status.getReason()).isEqualTo("Failed Told");
            assertThat(status.getContainerStatuses())
                    .allSatisfy(
                            each -> assertThat(each.getState().getTerminated()).isNotNull());
        });
        List<PodStatus> since = fixture.client.written.subList(before, fixture.client.written.size());
        assertThat(since).extracting(PodStatus::getPhase).containsOnly("Failed");
    }
}
