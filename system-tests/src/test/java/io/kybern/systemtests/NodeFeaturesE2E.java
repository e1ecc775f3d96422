package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What nodes give to pods, refuse them, and take away. The pods of all tests start together. */
class NodeFeaturesE2E extends ClusterTest {

    private String other;

    @BeforeAll
    void startPods() {
        other = "missing-" + kubectl.namespace();
        kubectl.apply("""
                apiVersion: node.k8s.io/v1
                kind: RuntimeClass
                metadata: { name: %1$s }
                handler: %1$s-handler
                """.formatted(other));
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: refused }
                spec:
                  runtimeClassName: %2$s
                  terminationGracePeriodSeconds: 0
                  containers: [{ name: c, image: %1$s, command: [sleep, "1000"] }]
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: stubborn }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %1$s
                    command: [sh, -c, "[ -e /v/been ] && exit 7; touch /v/been; exit 42"]
                    restartPolicy: Never
                    restartPolicyRules: [{ action: Restart, exitCodes: { operator: In, values: [42] } }]
                    volumeMounts: [{ name: v, mountPath: /v }]
                  volumes: [{ name: v, emptyDir: {} }]
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: growing }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: c
                    image: %1$s
                    command: [sleep, "1000"]
                    resources: { requests: { cpu: 10m, memory: 32Mi }, limits: { cpu: 100m, memory: 64Mi } }
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: greedy }
                spec:
                  restartPolicy: Never
                  containers:
                  - name: c
                    image: %1$s
                    command: [sh, -c, "head -c 3000000 /dev/zero > /v/file; sleep 1000"]
                    volumeMounts: [{ name: v, mountPath: /v }]
                  volumes: [{ name: v, emptyDir: { sizeLimit: 1Mi } }]
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: scribbling }
                spec:
                  restartPolicy: Never
                  containers:
                  - name: c
                    image: %1$s
                    command: [sh, -c, "head -c 3000000 /dev/zero > /file; sleep 1000"]
                    resources: { limits: { ephemeral-storage: 1Mi } }
                """.formatted(IMAGE, other));
    }

    @AfterAll
    void removeRuntimeClass() {
        kubectl.run("delete", "runtimeclass", other, "--ignore-not-found");
    }

    private void awaitReady(String pod) {
        kubectl.run("wait", "--for=condition=Ready", "pod/" + pod, "--timeout=110s");
    }

    @Test
    void aPodWhoseHandlerIsNotConfiguredIsRefusedWithAnEvent() {
        eventually("the event").untilAsserted(() -> assertThat(kubectl.run(
                        "get",
                        "events",
                        "--field-selector",
                        "involvedObject.name=refused,reason=FailedCreatePodSandBox",
                        "-o",
                        "jsonpath={.items[*].message}"))
                .contains("no runtime for \"" + other + "-handler\" is configured"));
        assertThat(field("pod/refused", ".status.phase")).isEqualTo("Pending");
        kubectl.run("delete", "runtimeclass", other);
        eventually("nobody may name it any more").untilAsserted(() -> assertThat(kubectl.refused(
                        "run",
                        "late",
                        "--dry-run=server",
                        "--image=" + IMAGE,
                        "--overrides={\"spec\":{\"runtimeClassName\":\"" + other + "\"}}"))
                .contains("pod rejected: RuntimeClass \"" + other + "\" not found"));
    }

    @Test
    void aContainerIsRestartedByItsOwnRules() {
        eventually("it failed for good").untilAsserted(() -> assertThat(field("pod/stubborn", ".status.phase"))
                .isEqualTo("Failed"));
        assertThat(field("pod/stubborn", ".status.containerStatuses[0].restartCount"))
                .isEqualTo("1");
        assertThat(field("pod/stubborn", ".status.containerStatuses[0].state.terminated.exitCode"))
                .isEqualTo("7");
    }

    @Test
    void aRunningPodIsResizedInPlace() {
        awaitReady("growing");
        kubectl.run(
                "patch",
                "pod",
                "growing",
                "--subresource=resize",
                "-p",
                "{\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"20m\"},"
                        + "\"limits\":{\"cpu\":\"200m\",\"memory\":\"80Mi\"}}}]}}");
        eventually("the container has its new limits").untilAsserted(() -> assertThat(
                        field("pod/growing", ".status.containerStatuses[0].resources.limits.memory"))
                .isEqualTo("80Mi"));
        assertThat(field("pod/growing", ".status.containerStatuses[0].allocatedResources.cpu"))
                .isEqualTo("20m");
        assertThat(field("pod/growing", ".status.containerStatuses[0].restartCount"))
                .isEqualTo("0");
        // the first name is that of version 1 of control groups, the second that of version 2
        eventually("the kernel knows").untilAsserted(() -> assertThat(kubectl.run(
                        "exec",
                        "growing",
                        "--",
                        "sh",
                        "-c",
                        "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cat /sys/fs/cgroup/cpu.max"))
                .startsWith("20000"));
    }

    @Test
    void aPodThatFillsItsScratchVolumeIsEvicted() {
        eventually("it is evicted").untilAsserted(() -> assertThat(field("pod/greedy", ".status.reason"))
                .isEqualTo("Evicted"));
        assertThat(field("pod/greedy", ".status.phase")).isEqualTo("Failed");
        assertThat(field("pod/greedy", ".status.message"))
                .contains("Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\".");
    }

    @Test
    void aPodThatWritesMoreThanItMayIsEvicted() {
        eventually("it is evicted").untilAsserted(() -> assertThat(field("pod/scribbling", ".status.reason"))
                .isEqualTo("Evicted"));
        assertThat(field("pod/scribbling", ".status.message"))
                .contains("Pod ephemeral local storage usage exceeds the total limit of containers 1Mi.");
    }
}
