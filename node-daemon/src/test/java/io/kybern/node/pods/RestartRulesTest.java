package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class RestartRulesTest {

    private static boolean restarts(String ofPod, String ofContainer, int exitCode) {
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p }
                spec:
                  restartPolicy: %s
                  containers: [{ name: c, image: i, %s }]
                """.formatted(ofPod, ofContainer), Pod.class);
        return RestartRules.restarts(pod, pod.getSpec().getContainers().getFirst(), exitCode);
    }

    @ParameterizedTest
    @CsvSource({
        "Always, '', 0, true",
        "OnFailure, '', 0, false",
        "OnFailure, '', 1, true",
        "Never, '', 1, false",
        "Never, 'restartPolicy: OnFailure', 1, true",
        "Never, 'restartPolicy: OnFailure', 0, false",
        "Always, 'restartPolicy: Never', 1, false",
    })
    void theContainersOwnPolicyGoesBeforeThePods(String ofPod, String ofContainer, int exitCode, boolean restarts) {
        assertThat(restarts(ofPod, ofContainer, exitCode)).isEqualTo(restarts);
    }

    @Test
    void rulesAboutExitCodesGoBeforeThePolicy() {
        String in =
                "restartPolicy: Never, restartPolicyRules: [{ action: Restart, exitCodes: { operator: In, values: [42] } }]";
        assertThat(restarts("Never", in, 42)).isTrue();
        assertThat(restarts("Never", in, 1)).isFalse();
        String notIn =
                "restartPolicy: Never, restartPolicyRules: [{ action: Restart, exitCodes: { operator: NotIn, values: [0] } }]";
        assertThat(restarts("Never", notIn, 7)).isTrue();
        assertThat(restarts("Never", notIn, 0)).isFalse();
    }

    @Test
    void aPodThatWantsToBeConfinedIsRefusedWhereNothingCanConfineIt() {
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p }
                spec:
                  securityContext: { appArmorProfile: { type: RuntimeDefault } }
                  containers:
                  - { name: free, image: i, securityContext: { appArmorProfile: { type: Unconfined } } }
                """, Pod.class);
        assertThat(AppArmorAdmission.judge(pod, false)).isEmpty();
        pod.getSpec().getContainers().getFirst().setSecurityContext(null);
        assertThat(AppArmorAdmission.judge(pod, true)).isEmpty();
        assertThat(AppArmorAdmission.judge(pod, false))
                .contains(new PodRecord.FailureVerdict(
                        "AppArmor", "Cannot enforce AppArmor: AppArmor is not enabled on the host"));
    }
}
