package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a pod may do on its node. */
class PodSecurityE2E extends ClusterTest {

    private void awaitReady(String pod) {
        kubectl.run("wait", "--for=condition=Ready", "pod/" + pod, "--timeout=110s");
    }

    @Test
    void safeSysctlsAreSetInThePodsNamespaces() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: tuned }
                spec:
                  terminationGracePeriodSeconds: 0
                  securityContext: { sysctls: [{ name: net.ipv4.ip_unprivileged_port_start, value: "80" }] }
                  containers: [{ name: c, image: %s, command: [sleep, "1000"] }]
                """.formatted(IMAGE));
        awaitReady("tuned");
        assertThat(kubectl.run("exec", "tuned", "--", "cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start"))
                .isEqualTo("80");
    }

    @Test
    void anUnsafeSysctlFailsThePod() {
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: unsafe }
                spec:
                  securityContext: { sysctls: [{ name: kernel.msgmax, value: "65536" }] }
                  containers: [{ name: c, image: %s, command: [sleep, "1000"] }]
                """.formatted(IMAGE));
        eventually("the node refuses the pod").untilAsserted(() -> assertThat(field("pod/unsafe", ".status.reason"))
                .isEqualTo("SysctlForbidden"));
        assertThat(field("pod/unsafe", ".status.phase")).isEqualTo("Failed");
        assertThat(field("pod/unsafe", ".status.message")).contains("forbidden sysctl: \"kernel.msgmax\"");
    }

    @Test
    void aSecretIsReadThroughThePodsGroupAndKeepsItsMode() {
        kubectl.run("create", "secret", "generic", "keys", "--from-literal=key=hidden");
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: grouped }
                spec:
                  terminationGracePeriodSeconds: 0
                  securityContext: { runAsUser: 1000, fsGroup: 1001 }
                  containers:
                  - { name: c, image: %s, command: [sleep, "1000"], volumeMounts: [{ name: v, mountPath: /v }] }
                  volumes: [{ name: v, secret: { secretName: keys, defaultMode: 0440 } }]
                """.formatted(IMAGE));
        awaitReady("grouped");
        assertThat(kubectl.run("exec", "grouped", "--", "stat", "-L", "-c", "%a %g", "/v/key"))
                .isEqualTo("440 1001");
        assertThat(kubectl.run("exec", "grouped", "--", "cat", "/v/key")).isEqualTo("hidden");
    }
}
