package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ContainerState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a pod needs next, by what of it is there. */
@Timeout(60)
class ContainerPlannerTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final List<ObservedContainer> seen = new ArrayList<>();
    private final Set<String> again = new HashSet<>();
    private final RestartBackOff backOff = new RestartBackOff();
    private ContainerVerdict verdict = new ContainerVerdict(true, true, null, -1);

    private static Container container(String name) {
        return new ContainerBuilder()
                .withName(name)
                .withImage("i")
                .withRestartPolicy(name.startsWith("sidecar") ? "Always" : null)
                .build();
    }

    private static Pod pod(String policy, String... inits) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .withNamespace("ns")
                .withUid("u")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy(policy)
                .withInitContainers(List.of(inits).stream()
                        .map(ContainerPlannerTest::container)
                        .toList())
                .withContainers(container("main"))
                .endSpec()
                .build();
    }

    private static Pod withImage(Pod pod, String name, String image) {
        return new PodBuilder(pod)
                .editSpec()
                .withInitContainers(Specs.initContainers(pod).stream()
                        .map(c -> c.getName().equals(name) ? changed(c, image) : c)
                        .toList())
                .withContainers(pod.getSpec().getContainers().stream()
                        .map(c -> c.getName().equals(name) ? changed(c, image) : c)
                        .toList())
                .endSpec()
                .build();
    }

    private static Container changed(Container container, String image) {
        return new ContainerBuilder(container).withImage(image).build();
    }

    private void there(String name, ContainerKind kind, ContainerState state, int exitCode) {
        seen.add(new ObservedContainer(
                name,
                kind,
                0,
                PodLabels.hash(container(name)),
                "sandbox",
                new ContainerDetails(
                        kind == ContainerKind.SANDBOX ? "sandbox" : name,
                        state,
                        1,
                        exitCode,
                        false,
                        "",
                        NOW,
                        NOW,
                        state == ContainerState.EXITED ? NOW : null,
                        "",
                        "SIGTERM",
                        ContainerSpec.Resources.none(),
                        Map.of())));
    }

    private void runs(String name, ContainerKind kind) {
        there(name, kind, ContainerState.RUNNING, 0);
    }

    private void ended(String name, ContainerKind kind, int exitCode) {
        there(name, kind, ContainerState.EXITED, exitCode);
    }

    private Plan plan(Pod pod) {
        runs("POD", ContainerKind.SANDBOX);
        return ContainerPlanner.plan(
                pod, ObservedPod.of(seen), c -> verdict, c -> again.contains(c.name()), backOff, NOW);
    }

    private static List<String> words(Plan plan) {
        return plan.actions().stream()
                .map(action -> switch (action) {
                    case ContainerAction.CreateSandbox create -> "sandbox";
                    case ContainerAction.StartContainer start ->
                        "start " + start.container().getName();
                    case ContainerAction.StopContainer stop -> stop.message() + (stop.again() ? " (again)" : "");
                })
                .toList();
    }

    @Test
    void aContainerWithAnotherImageIsReplacedWhateverItsPolicySays() {
        for (String policy : List.of("Always", "OnFailure", "Never")) {
            seen.clear();
            runs("main", ContainerKind.APP);
            Pod changed = withImage(pod(policy), "main", "j");
            assertThat(words(plan(changed)))
                    .as(policy)
                    .containsExactly("Container main definition changed, will be restarted (again)");

            seen.clear();
            ended("main", ContainerKind.APP, 0);
            again.add("main");
            assertThat(words(plan(changed))).as(policy).containsExactly("start main");
        }
    }

    @Test
    void oneThatEndedByItselfIsNotStartedForAnotherImage() {
        ended("main", ContainerKind.APP, 0);
        Plan plan = plan(withImage(pod("Never"), "main", "j"));
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.over()).isTrue();
    }

    @Test
    void anotherImageDoesNotWaitForWhatTheOldOneDid() {
        Pod pod = pod("Always");
        backOff.failed(RestartBackOff.key(container("main")), NOW.minusSeconds(1));
        ended("main", ContainerKind.APP, 1);
        assertThat(plan(pod).waits()).containsKey("main");
        seen.removeLast();
        assertThat(words(plan(withImage(pod, "main", "j")))).containsExactly("start main");
    }

    @Test
    void whoFailsItsProbeIsStartedAgainAlsoIfItThenEndsWell() {
        verdict = new ContainerVerdict(true, false, "liveness", -1);
        runs("main", ContainerKind.APP);
        assertThat(words(plan(pod("OnFailure"))))
                .containsExactly("Container main failed liveness probe, will be restarted (again)");
        seen.removeLast();
        assertThat(words(plan(pod("Never")))).containsExactly("Container main failed liveness probe");
    }

    @Test
    void aSidecarIsCalledAnInitContainer() {
        verdict = new ContainerVerdict(false, false, "startup", -1);
        runs("sidecar", ContainerKind.SIDECAR);
        assertThat(words(plan(pod("Never", "sidecar"))))
                .containsExactly("Init container sidecar failed startup probe (again)");
        seen.removeLast();
        assertThat(words(plan(withImage(pod("Never", "sidecar"), "sidecar", "j"))))
                .containsExactly("Init container sidecar definition changed (again)");
    }

    @Test
    void anInitContainerThatRunsIsLeftAloneWhenItsImageChanges() {
        runs("setup", ContainerKind.INIT);
        assertThat(plan(withImage(pod("Always", "setup"), "setup", "j")).actions())
                .isEmpty();
    }

    @Test
    void whatIsLeftOfADoneInitContainerIsNotNeededOnceALaterOneRuns() {
        runs("third", ContainerKind.INIT);
        assertThat(plan(pod("Always", "first", "second", "third")).actions()).isEmpty();
    }

    @Test
    void aSidecarThatIsDownDoesNotHoldUpThoseWhoseTurnHasCome() {
        ended("sidecar", ContainerKind.SIDECAR, 1);
        ended("setup", ContainerKind.INIT, 0);
        assertThat(words(plan(pod("Always", "sidecar", "setup", "more"))))
                .containsExactly("start sidecar", "start more");
    }

    @Test
    void whatComesNextWaitsForTheSidecarBeforeIt() {
        ended("setup", ContainerKind.INIT, 0);
        ended("sidecar", ContainerKind.SIDECAR, 1);
        assertThat(words(plan(pod("Always", "setup", "sidecar")))).containsExactly("start sidecar");
    }
}
