package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pods whose containers all begin anew because one of them ended as a rule says. */
@Timeout(120)
class RestartAllContainersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final FakeRuntime runtime = new FakeRuntime();
    private final Pod pod = Serialization.unmarshal("""
            apiVersion: v1
            kind: Pod
            metadata: { name: p, namespace: ns, uid: u, resourceVersion: "1" }
            spec:
              nodeName: node-under-test
              restartPolicy: Never
              initContainers:
              - { name: setup, image: "kybern/testbox:1" }
              containers:
              - { name: main, image: "kybern/testbox:1" }
              - name: trigger
                image: "kybern/testbox:1"
                restartPolicy: Never
                restartPolicyRules:
                - { action: RestartAllContainers, exitCodes: { operator: In, values: [88] } }
            """, Pod.class);
    private PodFixture fixture;

    @BeforeEach
    void begin(@TempDir Path directory) {
        fixture = new PodFixture(runtime, directory);
    }

    @AfterEach
    void end() throws Exception {
        fixture.close();
    }

    private String awaitRunning(String name, int restarts) {
        return await(name + " runs for the time " + restarts)
                .atMost(PATIENCE)
                .until(
                        () -> runtime.running(name)
                                .filter(id -> runtime.spec(id)
                                        .labels()
                                        .get(PodLabels.ATTEMPT)
                                        .equals(String.valueOf(restarts)))
                                .orElse(""),
                        id -> !id.isEmpty());
    }

    private void begun() {
        fixture.keeper.seen(pod);
        runtime.end(awaitRunning("setup", 0), 0);
        awaitRunning("main", 0);
        awaitRunning("trigger", 0);
    }

    private String restarting() {
        return fixture.client.status(pod).getConditions().stream()
                .filter(c -> c.getType().equals("AllContainersRestarting"))
                .map(PodCondition::getStatus)
                .findFirst()
                .orElse("");
    }

    @Test
    void allOfThemBeginAnewInOrderAndInTheSameSandbox() {
        begun();
        String sandbox = runtime.spec(awaitRunning("main", 0)).labels().get(PodLabels.SANDBOX);
        String trigger = awaitRunning("trigger", 0);
        runtime.signals.clear();
        runtime.end(trigger, 88);

        String setup = awaitRunning("setup", 1);
        assertThat(runtime.running("main")).isEmpty();
        assertThat(runtime.signals).containsExactly("SIGKILL");
        runtime.end(setup, 0);
        String main = awaitRunning("main", 1);
        awaitRunning("trigger", 1);

        assertThat(runtime.spec(main).labels()).containsEntry(PodLabels.SANDBOX, sandbox);
        await("the status tells of it").atMost(PATIENCE).untilAsserted(() -> {
            Map<String, Integer> restarts = fixture.client.status(pod).getContainerStatuses().stream()
                    .collect(Collectors.toMap(ContainerStatus::getName, ContainerStatus::getRestartCount));
            assertThat(restarts).isEqualTo(Map.of("main", 1, "trigger", 1));
            assertThat(restarting()).isEqualTo("False");
        });
        assertThat(fixture.client.status(pod).getPhase()).isEqualTo("Running");
    }

    @Test
    void whileTheyBeginAnewThePodWaitsAsAtFirstAndStaysInitialized() {
        begun();
        await("it is initialized").atMost(PATIENCE).until(() -> restarting().equals("False"));
        runtime.end(awaitRunning("trigger", 0), 88);
        awaitRunning("setup", 1);
        await("the status tells of it").atMost(PATIENCE).untilAsserted(() -> {
            ContainerStatus main =
                    fixture.client.status(pod).getContainerStatuses().getFirst();
            assertThat(main.getState().getWaiting().getReason()).isEqualTo("PodInitializing");
            assertThat(main.getLastState().getTerminated().getExitCode()).isEqualTo(137);
        });
        assertThat(fixture.client.status(pod).getConditions())
                .anySatisfy(c -> assertThat(c.getType() + "=" + c.getStatus()).isEqualTo("Initialized=True"));
    }

    @Test
    void anInitContainerThatFailsThenEndsThePodAsItsPolicySays() {
        begun();
        runtime.end(awaitRunning("trigger", 0), 88);
        runtime.end(awaitRunning("setup", 1), 1);
        await("the pod failed").atMost(PATIENCE).until(() -> "Failed"
                .equals(fixture.client.status(pod).getPhase()));
        assertThat(runtime.running("main")).isEmpty();
    }

    @Test
    void anotherExitCodeRestartsNothing() {
        begun();
        runtime.end(awaitRunning("trigger", 0), 1);
        runtime.end(awaitRunning("main", 0), 0);
        await("the pod failed").atMost(PATIENCE).until(() -> "Failed"
                .equals(fixture.client.status(pod).getPhase()));
    }

    @Test
    void aDaemonThatStartsInTheMiddleGoesOn() throws Exception {
        begun();
        runtime.end(awaitRunning("trigger", 0), 88);
        String setup = awaitRunning("setup", 1);
        await("its status is known").atMost(PATIENCE).until(() -> fixture.client.stored(pod) != null);
        fixture.restart();
        fixture.keeper.seen(fixture.client.stored(pod));
        runtime.end(setup, 0);
        awaitRunning("main", 1);
        awaitRunning("trigger", 1);
    }
}
