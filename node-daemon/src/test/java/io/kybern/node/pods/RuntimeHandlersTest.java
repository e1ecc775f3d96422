package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RuntimeHandlersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

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

    private static Pod pod(String runtimeClass) {
        return PodFixture.pod()
                .editSpec()
                .withRuntimeClassName(runtimeClass)
                .endSpec()
                .build();
    }

    private void awaitEvent(String message) {
        await("the event").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(fixture.events.reasons()).contains("FailedCreatePodSandBox");
            assertThat(fixture.events.messages).contains("Failed to create pod sandbox: " + message);
        });
        assertThat(runtime.running("main")).isEmpty();
    }

    @Test
    void aPodRunsWithWhatItsRuntimeClassNames() {
        fixture.objects.handlers.put("plain", "runc");
        fixture.keeper.seen(pod("plain"));
        String id = await("it runs")
                .atMost(PATIENCE)
                .until(() -> runtime.running("main").orElse(""), each -> !each.isEmpty());
        assertThat(runtime.spec(id).runtime()).isEqualTo("runc");
    }

    @Test
    void aPodIsRefusedWhoseHandlerTheEngineDoesNotHave() {
        fixture.objects.handlers.put("special", "kata");
        fixture.keeper.seen(pod("special"));
        awaitEvent(
                "rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for \"kata\" is configured");
    }

    @Test
    void aPodIsRefusedWhoseClassIsGone() {
        fixture.keeper.seen(pod("gone"));
        awaitEvent("failed to get RuntimeClass: runtimeclass.node.k8s.io \"gone\" not found");
    }

    @Test
    void aPodIsRefusedThatWantsUsersOfItsOwn() {
        fixture.keeper.seen(
                PodFixture.pod().editSpec().withHostUsers(false).endSpec().build());
        awaitEvent("can't set `spec.hostUsers: false`, runtime does not support user namespaces");
    }
}
