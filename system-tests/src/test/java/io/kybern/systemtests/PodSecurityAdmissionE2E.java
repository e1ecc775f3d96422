package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The Pod Security Standards: what a namespace's labels forbid, and whom they warn. */
class PodSecurityAdmissionE2E extends ClusterTest {

    private Kubectl.Result label(String... labels) {
        String[] command = new String[4 + labels.length];
        command[0] = "label";
        command[1] = "namespace";
        command[2] = kubectl.namespace();
        command[3] = "--overwrite";
        System.arraycopy(labels, 0, command, 4, labels.length);
        return kubectl.call("", Map.of(), command);
    }

    @Test
    void aRestrictedNamespaceRunsOnlyWhatKeepsToItself() {
        assertThat(label("pod-security.kubernetes.io/enforce=restricted").exitCode())
                .isZero();
        eventually("the label counts")
                .untilAsserted(
                        () -> assertThat(kubectl.refused("run", "loose", "--dry-run=server", "--image=" + IMAGE))
                                .contains(
                                        "pods \"loose\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false"
                                                + " (container \"loose\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities"
                                                + " (container \"loose\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true"
                                                + " (pod or container \"loose\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container"
                                                + " \"loose\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"));
        assertThat(kubectl.refused("run", "loose", "--image=" + IMAGE)).contains("violates PodSecurity");
        Kubectl.Result deployed =
                kubectl.call("", Map.of(), "create", "deployment", "warned", "--image=" + IMAGE, "--replicas=1");
        assertThat(deployed.exitCode()).isZero();
        assertThat(deployed.error()).contains("Warning: would violate PodSecurity \"restricted:latest\"");
        eventually("the Deployment says why it has no pods").untilAsserted(() -> assertThat(
                        field("deployment/warned", ".status.conditions[?(@.type==\"ReplicaFailure\")].message"))
                .contains("violates PodSecurity \"restricted:latest\""));
        kubectl.apply("""
                apiVersion: v1
                kind: Pod
                metadata: { name: tidy }
                spec:
                  terminationGracePeriodSeconds: 1
                  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
                  containers:
                  - name: c
                    image: %s
                    imagePullPolicy: IfNotPresent
                    command: [sleep, "3600"]
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
                """.formatted(IMAGE));
        kubectl.run("wait", "--for=condition=Ready", "pod/tidy", "--timeout=110s");
        kubectl.run("delete", "deployment/warned", "pod/tidy");
        assertThat(label("pod-security.kubernetes.io/enforce=privileged").exitCode())
                .isZero();
        eventually("the label counts")
                .untilAsserted(
                        () -> kubectl.run("run", "loose", "--image=" + IMAGE, "--command", "--", "sleep", "3600"));
        assertThat(label("pod-security.kubernetes.io/enforce=restricted").error())
                .contains("Warning: existing pods in namespace \"" + kubectl.namespace()
                        + "\" violate the new PodSecurity enforce level \"restricted:latest\"")
                .contains(
                        "Warning: loose: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true,"
                                + " seccompProfile");
    }
}
