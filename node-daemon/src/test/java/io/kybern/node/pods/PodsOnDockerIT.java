package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.kybern.node.runtime.AttachRequest;
import io.kybern.node.runtime.DockerContainerRuntime;
import io.kybern.node.runtime.DockerSettings;
import io.kybern.node.runtime.ExecRequest;
import io.kybern.node.runtime.LocalEngine;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Pods on a real Docker Engine, without a cluster: the API server and the pod network are fakes. */
@Timeout(300)
@EnabledIf("engineWithImages")
class PodsOnDockerIT {

    private static final DockerSettings SETTINGS =
            new DockerSettings(Path.of("/var/run/docker.sock"), Duration.ofSeconds(30), -1);

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Others may try the same on this engine. */
    private final List<String> own = new ArrayList<>();

    @TempDir
    Path directory;

    private DockerContainerRuntime runtime;
    private PodFixture fixture;

    static boolean engineWithImages() {
        if (!Files.exists(SETTINGS.socket())) {
            return false;
        }
        try (var runtime = LocalEngine.at(SETTINGS)) {
            return runtime.image("kybern/pause:1").isPresent()
                    && runtime.image("kybern/testbox:1").isPresent();
        } catch (Exception noEngine) {
            return false;
        }
    }

    @BeforeEach
    void start() {
        runtime = LocalEngine.at(SETTINGS);
        fixture = new PodFixture(runtime, directory);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
        for (String uid : own) {
            runtime.list(Map.of(PodLabels.UID, uid)).forEach(c -> runtime.remove(c.id()));
        }
        runtime.close();
    }

    private PodStatus status(Pod pod) {
        return fixture.client.status(pod);
    }

    private void awaitPhase(Pod pod, String phase) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(status(pod)).extracting(PodStatus::getPhase).isEqualTo(phase));
    }

    private PodBuilder pod(String name, String... command) {
        String uid = UUID.randomUUID().toString();
        own.add(uid);
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("default")
                .withUid(uid)
                .withResourceVersion("1")
                .withGeneration(1L)
                .endMetadata()
                .withNewSpec()
                .withNodeName(PodFixture.NODE)
                .withTerminationGracePeriodSeconds(1L)
                .addNewContainer()
                .withName("main")
                .withImage("kybern/testbox:1")
                .withImagePullPolicy("IfNotPresent")
                .withCommand(command)
                .endContainer()
                .endSpec();
    }

    @Test
    void runsAPodUntilItIsDeleted() throws Exception {
        Pod pod = pod("web", "sh", "-c", "echo up; trap 'exit 0' TERM; while :; do sleep 1; done")
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Running");
        await().untilAsserted(() -> assertThat(status(pod).getConditions())
                .filteredOn(c -> c.getType().equals("Ready"))
                .extracting("status")
                .containsExactly("True"));
        assertThat(status(pod).getPodIP()).isEqualTo("10.244.0.2");
        var container =
                fixture.keeper.container("default", "web", "main", false).orElseThrow();
        assertThat(run(container.dockerId(), "cat", "/etc/hosts")).startsWith("# Kubernetes-managed hosts file.");
        assertThat(run(container.dockerId(), "cat", "/etc/resolv.conf")).contains("nameserver 10.96.0.10");
        assertThat(run(container.dockerId(), "hostname").strip()).isEqualTo("web");

        fixture.keeper.seen(new PodBuilder(pod)
                .editMetadata()
                .withResourceVersion("1000")
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .withDeletionGracePeriodSeconds(1L)
                .endMetadata()
                .build());
        await().atMost(PATIENCE).until(() -> fixture.client.confirmed(pod));
        fixture.keeper.gone(pod);
        await().until(() ->
                runtime.list(Map.of(PodLabels.UID, pod.getMetadata().getUid())).isEmpty());
        assertThat(fixture.events.reasons()).contains("Pulled", "Created", "Started", "Killing");
    }

    @Test
    void anEphemeralContainerSeesItsTargetsProcesses() throws Exception {
        Pod pod = pod("debugged", "sleep", "1234").build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Running");

        fixture.keeper.seen(new PodBuilder(pod)
                .editMetadata()
                .withResourceVersion("1000")
                .withGeneration(2L)
                .endMetadata()
                .editSpec()
                .addNewEphemeralContainer()
                .withName("debugger")
                .withImage("kybern/testbox:1")
                .withImagePullPolicy("IfNotPresent")
                .withCommand("sleep", "1000")
                .withTargetContainerName("main")
                .endEphemeralContainer()
                .endSpec()
                .build());

        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(
                        status(pod).getEphemeralContainerStatuses().getFirst().getState())
                .extracting("running")
                .isNotNull());
        var debugger = fixture.keeper
                .container("default", "debugged", "debugger", false)
                .orElseThrow();
        assertThat(run(debugger.dockerId(), "ps")).contains("sleep 1234");
        assertThat(status(pod).getContainerStatuses()).hasSize(1);
    }

    @Test
    void aPodHasItsSysctlsAndNoFilterOfSystemCallsWhenItAsksForThat() throws Exception {
        Pod pod = pod("tuned", "sleep", "1000")
                .editSpec()
                .withNewSecurityContext()
                .addNewSysctl("net/ipv4/ip_unprivileged_port_start", "80")
                .withNewSeccompProfile()
                .withType("Unconfined")
                .endSeccompProfile()
                .endSecurityContext()
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Running");
        var container =
                fixture.keeper.container("default", "tuned", "main", false).orElseThrow();
        assertThat(run(container.dockerId(), "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start")
                        .strip())
                .isEqualTo("80");
        assertThat(run(container.dockerId(), "grep", "^Seccomp:", "/proc/1/status"))
                .endsWith("0\n");
    }

    @Test
    void anUnsafeSysctlFailsThePod() {
        Pod pod = pod("unsafe", "sleep", "1000")
                .editSpec()
                .withNewSecurityContext()
                .addNewSysctl("kernel.msgmax", "65536")
                .endSecurityContext()
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Failed");
        assertThat(status(pod).getReason()).isEqualTo("SysctlForbidden");
        assertThat(status(pod).getMessage()).contains("forbidden sysctl: \"kernel.msgmax\" not allowlisted");
        assertThat(fixture.events.reasons()).contains("SysctlForbidden");
    }

    @Test
    void restartsACrashingContainerAndCounts() {
        Pod pod = pod("crash", "sh", "-c", "echo failed >/dev/termination-log; exit 3")
                .build();
        fixture.keeper.seen(pod);
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            var s = status(pod).getContainerStatuses().getFirst();
            assertThat(s.getRestartCount()).isEqualTo(1);
            assertThat(s.getState().getWaiting())
                    .extracting(ContainerStateWaiting::getReason)
                    .isEqualTo("CrashLoopBackOff");
            assertThat(s.getLastState().getTerminated()).isNotNull();
            assertThat(s.getLastState().getTerminated().getExitCode()).isEqualTo(3);
            assertThat(s.getLastState().getTerminated().getMessage()).isEqualTo("failed\n");
        });
    }

    @Test
    void anAttachedSessionLeavesTheExitCodeToTheStatus() throws Exception {
        Pod pod = pod("failing", "sh", "-c", "until [ -e /tmp/end ]; do sleep 0.1; done; echo said; exit 4")
                .editSpec()
                .withRestartPolicy("Never")
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Running");
        String id = fixture.keeper
                .container("default", "failing", "main", false)
                .orElseThrow()
                .dockerId();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (var attached = runtime.attach(id, new AttachRequest(false, true, true, false, true, false))) {
            // the container may end before the engine has told of the end of this one
            try (var touch = runtime.exec(id, ExecRequest.of(List.of("touch", "/tmp/end")))) {
                touch.pump((channel, data, offset, length) -> {});
            }
            attached.pump((channel, data, offset, length) -> said.write(data, offset, length));
            assertThat(said.toString(StandardCharsets.UTF_8)).isEqualTo("said\n");
            awaitPhase(pod, "Failed");
            assertThat(attached.exitCode()).isEmpty();
        }
        assertThat(status(pod)
                        .getContainerStatuses()
                        .getFirst()
                        .getState()
                        .getTerminated()
                        .getExitCode())
                .isEqualTo(4);
    }

    @Test
    void whoHasSaidAllLeavesAContainerThatListensToOthersToo() throws Exception {
        Pod pod = pod("listening", "sh", "-c", "cat; echo over")
                .editSpec()
                .editFirstContainer()
                .withStdin(true)
                .endContainer()
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Running");
        String id = fixture.keeper
                .container("default", "listening", "main", false)
                .orElseThrow()
                .dockerId();
        for (String line : List.of("one\n", "two\n")) {
            var heard = new ByteArrayOutputStream();
            try (var attached = runtime.attach(id, new AttachRequest(true, true, true, false, false, false))) {
                attached.stdin().write(line.getBytes(StandardCharsets.UTF_8));
                attached.stdin().close();
                attached.pump((channel, data, offset, length) -> {
                    heard.write(data, offset, length);
                    attached.leave();
                });
            }
            assertThat(heard.toString(StandardCharsets.UTF_8)).isEqualTo(line);
        }
        assertThat(status(pod).getPhase()).isEqualTo("Running");
    }

    @Test
    void whoAttachesAfterTheEndIsToldSo() {
        Pod pod = pod("over", "sh", "-c", "echo said")
                .editSpec()
                .withRestartPolicy("Never")
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Succeeded");
        String id = fixture.keeper
                .container("default", "over", "main", false)
                .orElseThrow()
                .dockerId();

        assertThatThrownBy(() -> runtime.attach(id, new AttachRequest(false, true, true, true, true, false)))
                .isInstanceOfSatisfying(RuntimeFailure.class, refused -> assertThat(refused.kind())
                        .isEqualTo(RuntimeFailure.Kind.CONFLICT));
    }

    @Test
    void runsInitContainersInOrderAndSucceeds() {
        Pod pod = pod("job", "sh", "-c", "exit 0")
                .editSpec()
                .withRestartPolicy("Never")
                .addNewInitContainer()
                .withName("first")
                .withImage("kybern/testbox:1")
                .withCommand("true")
                .endInitContainer()
                .addNewInitContainer()
                .withName("second")
                .withImage("kybern/testbox:1")
                .withCommand("true")
                .endInitContainer()
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Succeeded");
        assertThat(status(pod).getInitContainerStatuses())
                .extracting(s -> s.getState().getTerminated().getReason())
                .containsExactly("Completed", "Completed");
    }

    @Test
    void noticesTheEndOfAContainerOfWhichNoReportCame() throws Exception {
        Pod pod = pod("unheard", "sleep", "1000")
                .editSpec()
                .withRestartPolicy("Never")
                .endSpec()
                .build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Running");
        fixture.hearNothing();
        runtime.signal(
                fixture.keeper
                        .container("default", "unheard", "main", false)
                        .orElseThrow()
                        .dockerId(),
                "SIGKILL");
        awaitPhase(pod, "Failed");
    }

    @Test
    void adoptsRunningContainersAfterARestartOfTheDaemon() throws Exception {
        Pod pod = pod("stay", "sleep", "1000").build();
        fixture.keeper.seen(pod);
        awaitPhase(pod, "Running");
        String before = status(pod).getContainerStatuses().getFirst().getContainerID();
        Pod stored = fixture.client.stored(pod);
        fixture.restart();
        fixture.keeper.seen(stored);
        await().until(() ->
                fixture.keeper.container("default", "stay", "main", false).isPresent());
        fixture.keeper.lookAgain();
        await().untilAsserted(() -> assertThat(fixture.keeper
                        .pod("default", "stay")
                        .orElseThrow()
                        .getStatus()
                        .getPodIP())
                .isEqualTo("10.244.0.2"));
        var after = fixture.keeper.pod("default", "stay").orElseThrow().getStatus();
        assertThat(after.getPhase()).isEqualTo("Running");
        assertThat(after.getContainerStatuses().getFirst().getContainerID()).isEqualTo(before);
        assertThat(after.getContainerStatuses().getFirst().getRestartCount()).isZero();
    }

    private String run(String id, String... command) throws Exception {
        var out = new ByteArrayOutputStream();
        try (var process = runtime.exec(id, ExecRequest.of(List.of(command)))) {
            process.pump((channel, data, offset, length) -> out.write(data, offset, length));
            assertThat(process.exitCode()).hasValue(0);
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
