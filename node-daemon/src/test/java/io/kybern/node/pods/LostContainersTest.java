package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of containers that a pod's end found waiting, and the phases that follow from containers' states. */
@Timeout(60)
class LostContainersTest {

    private static Pod pod(String... inits) {
        var pod = PodFixture.pod();
        for (String init : inits) {
            pod.editSpec()
                    .addNewInitContainer()
                    .withName(init)
                    .withRestartPolicy(init.startsWith("sidecar") ? "Always" : null)
                    .endInitContainer()
                    .endSpec();
        }
        return pod.build();
    }

    private static ContainerStatus waits(String name) {
        return new ContainerStatusBuilder()
                .withName(name)
                .withStarted(false)
                .withNewState()
                .withNewWaiting()
                .withReason("ContainerCreating")
                .endWaiting()
                .endState()
                .build();
    }

    private static ContainerStatus runs(String name) {
        return new ContainerStatusBuilder()
                .withName(name)
                .withContainerID("docker://" + name)
                .withStarted(true)
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .build();
    }

    private static ContainerStatus ended(String name, int exitCode) {
        return new ContainerStatusBuilder()
                .withName(name)
                .withContainerID("docker://" + name)
                .withStarted(false)
                .withNewState()
                .withNewTerminated()
                .withExitCode(exitCode)
                .endTerminated()
                .endState()
                .build();
    }

    private static ContainerStatus crashed(String name) {
        return new ContainerStatusBuilder(waits(name))
                .withNewLastState()
                .withNewTerminated()
                .withExitCode(1)
                .endTerminated()
                .endLastState()
                .build();
    }

    private static String word(ContainerStatus status) {
        var ended = status.getState().getTerminated();
        return ended == null ? "waits" : ended.getExitCode() + " " + ended.getReason();
    }

    private static List<String> words(Pod pod, List<ContainerStatus> inits, ContainerStatus... apps) {
        LostContainers lost = LostContainers.of(pod, inits, List.of(apps));
        return List.of(
                lost.inits().stream().map(LostContainersTest::word).toList().toString(),
                lost.apps().stream().map(LostContainersTest::word).toList().toString());
    }

    @Test
    void aContainerThatNeverCameToRunCountsAsFailed() {
        assertThat(words(pod(), List.of(), waits("main"), ended("other", 0)))
                .containsExactly("[]", "[137 ContainerStatusUnknown, 0 null]");
    }

    @Test
    void whatWaitedForAnInitContainerGoesOnWaiting() {
        assertThat(words(pod("one", "two"), List.of(ended("one", 1), waits("two")), waits("main")))
                .containsExactly("[1 null, waits]", "[waits]");
        assertThat(words(pod("one"), List.of(waits("one")), waits("main"))).containsExactly("[waits]", "[waits]");
    }

    @Test
    void onceInitializedNothingWaits() {
        assertThat(words(pod("one", "sidecar"), List.of(ended("one", 0), crashed("sidecar")), crashed("main")))
                .containsExactly("[0 null, 137 ContainerStatusUnknown]", "[137 ContainerStatusUnknown]");
        assertThat(words(pod("one"), List.of(ended("one", 0)), waits("main")))
                .containsExactly("[0 null]", "[137 ContainerStatusUnknown]");
    }

    private static String phase(Pod pod, List<ContainerStatus> inits, boolean over, ContainerStatus... apps) {
        return PodPhase.of(pod, inits, List.of(apps), over);
    }

    @Test
    void aPodIsPendingWhileAnyOfItsContainersHasNeverRun() {
        assertThat(phase(pod(), List.of(), false, waits("main"), runs("other"))).isEqualTo("Pending");
        assertThat(phase(pod(), List.of(), false, crashed("main"), waits("other")))
                .isEqualTo("Pending");
        assertThat(phase(pod(), List.of(), false, crashed("main"), runs("other")))
                .isEqualTo("Running");
    }

    @Test
    void aPodThatInitializesAnewIsPending() {
        assertThat(phase(pod("one"), List.of(runs("one")), false, ended("main", 137)))
                .isEqualTo("Pending");
        assertThat(phase(pod("one"), List.of(crashed("one")), false, ended("main", 137)))
                .isEqualTo("Pending");
        assertThat(phase(pod("one"), List.of(ended("one", 0)), false, ended("main", 137)))
                .isEqualTo("Running");
    }

    @Test
    void sidecarsHaveNoPartInHowAPodEnded() {
        assertThat(phase(pod("sidecar"), List.of(ended("sidecar", 137)), true, ended("main", 0)))
                .isEqualTo("Succeeded");
        assertThat(phase(pod("sidecar"), List.of(ended("sidecar", 0)), true, ended("main", 137)))
                .isEqualTo("Failed");
    }

    @Test
    void aPodThatIsOverBeforeItsContainersRanHasFailed() {
        assertThat(phase(pod(), List.of(), true, waits("main"))).isEqualTo("Failed");
        assertThat(phase(pod("one"), List.of(ended("one", 1)), true, waits("main")))
                .isEqualTo("Failed");
    }
}
