package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets a place on the node. */
@Timeout(120)
class PodAdmissionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final FakeRuntime runtime = new FakeRuntime();
    private PodFixture fixture;

    @BeforeEach
    void begin(@TempDir Path directory) {
        fixture = new PodFixture(runtime, directory);
        fixture.node = new NodeBuilder()
                .withNewMetadata()
                .withName(PodFixture.NODE)
                .endMetadata()
                .withNewStatus()
                .withAllocatable(Map.of("example.com/seat", new Quantity("1")))
                .endStatus()
                .build();
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
    }

    private static Pod seated(String name) {
        return PodFixture.pod()
                .editMetadata()
                .withName(name)
                .withUid(name)
                .endMetadata()
                .editSpec()
                .editFirstContainer()
                .withNewResources()
                .addToRequests("example.com/seat", new Quantity("1"))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
    }

    private void awaitPhase(Pod pod, String phase) {
        await(pod.getMetadata().getName() + " is " + phase).atMost(PATIENCE).untilAsserted(() -> assertThat(
                        fixture.client.status(pod).getPhase())
                .isEqualTo(phase));
    }

    private static Pod deleted(Pod pod) {
        return new PodBuilder(pod)
                .editMetadata()
                .withResourceVersion("1000")
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .withDeletionGracePeriodSeconds(0L)
                .endMetadata()
                .build();
    }

    @Test
    void aPodThatFindsNoPlaceIsRefused() {
        fixture.keeper.seen(seated("first"));
        awaitPhase(seated("first"), "Running");
        fixture.keeper.seen(seated("second"));
        awaitPhase(seated("second"), "Failed");
        assertThat(fixture.client.status(seated("second")).getReason()).isEqualTo("OutOfexample.com/seat");
    }

    @Test
    void thePlaceOfAPodThatIsOverIsFreeBeforeAnybodyCanKnowThatItsObjectIsGone() {
        Pod next = seated("next");
        fixture.client.afterConfirmation = gone -> {
            fixture.keeper.seen(next);
            await("it is judged")
                    .atMost(PATIENCE)
                    .until(() -> fixture.client.status(next).getPhase() != null);
        };
        Pod first = seated("first");
        fixture.keeper.seen(first);
        awaitPhase(first, "Running");
        fixture.keeper.seen(deleted(fixture.client.stored(first)));
        awaitPhase(next, "Running");
    }
}
