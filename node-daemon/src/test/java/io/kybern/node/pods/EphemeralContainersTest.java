package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ContainerState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EphemeralContainersTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Pod pod = new PodBuilder()
            .withNewMetadata()
            .withUid("u")
            .withName("p")
            .withNamespace("ns")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("main")
            .withImage("i")
            .endContainer()
            .addNewEphemeralContainer()
            .withName("debugger")
            .withImage("i")
            .withTargetContainerName("main")
            .withStdin(true)
            .endEphemeralContainer()
            .endSpec()
            .build();

    private ObservedContainer seen(String name, ContainerKind kind, ContainerState state) {
        return new ObservedContainer(
                name,
                kind,
                0,
                PodLabels.hash(Specs.container(pod, name)
                        .orElseGet(() -> pod.getSpec().getContainers().getFirst())),
                "sandbox",
                new ContainerDetails(
                        kind == ContainerKind.SANDBOX ? "sandbox" : name,
                        state,
                        1,
                        0,
                        false,
                        "",
                        NOW,
                        NOW,
                        state == ContainerState.EXITED ? NOW : null,
                        "",
                        "SIGTERM",
                        ContainerSpec.Resources.none(),
                        Map.of()));
    }

    private List<ContainerAction> actions(ObservedContainer... more) {
        List<ObservedContainer> all = new ArrayList<>(List.of(more));
        all.add(seen("POD", ContainerKind.SANDBOX, ContainerState.RUNNING));
        all.add(seen("main", ContainerKind.APP, ContainerState.RUNNING));
        return ContainerPlanner.plan(
                        pod,
                        ObservedPod.of(all),
                        c -> new ContainerVerdict(true, true, null, -1),
                        c -> false,
                        new RestartBackOff(),
                        NOW)
                .actions();
    }

    @Test
    void startsBesideWhatRuns() {
        assertThat(actions())
                .containsExactly(new ContainerAction.StartContainer(
                        Specs.ephemeralContainers(pod).getFirst(), ContainerKind.EPHEMERAL, 0, 0));
    }

    @Test
    void isToldOfWithItsMounts() {
        Pod mounting = new PodBuilder(pod)
                .editSpec()
                .editFirstEphemeralContainer()
                .addNewVolumeMount()
                .withName("v")
                .withMountPath("/v")
                .withReadOnly(true)
                .endVolumeMount()
                .endEphemeralContainer()
                .endSpec()
                .build();
        var statuses = new ContainerStatuses(
                mounting,
                ObservedPod.of(List.of(
                        seen("POD", ContainerKind.SANDBOX, ContainerState.RUNNING),
                        seen("debugger", ContainerKind.EPHEMERAL, ContainerState.RUNNING))),
                c -> new ContainerVerdict(true, false, null, -1),
                c -> "",
                new PodRecord(List.of(), List.of(), NOW, Map.of(), null, PodResizes.News.none(), Map.of(), false));

        var told = statuses.ephemerals().getFirst();

        assertThat(told.getState().getRunning()).isNotNull();
        assertThat(told.getVolumeMounts()).singleElement().satisfies(mount -> {
            assertThat(mount.getMountPath()).isEqualTo("/v");
            assertThat(mount.getReadOnly()).isTrue();
            assertThat(mount.getRecursiveReadOnly()).isEqualTo("Disabled");
        });
        assertThat(statuses.apps()).singleElement().satisfies(app -> assertThat(app.getVolumeMounts())
                .isEmpty());
    }

    @Test
    void isNeverStartedAgain() {
        assertThat(actions(seen("debugger", ContainerKind.EPHEMERAL, ContainerState.EXITED)))
                .isEmpty();
    }

    @Test
    void isFoundByNameAndPathLikeTheOthers() {
        var container = Specs.container(pod, "debugger").orElseThrow();

        assertThat(container.getStdin()).isTrue();
        assertThat(Specs.fieldPath(pod, container)).isEqualTo("spec.ephemeralContainers{debugger}");
        assertThat(Specs.debugged(pod, "debugger")).contains("main");
        assertThat(Specs.allContainers(pod)).extracting("name").containsExactly("main");
    }
}
