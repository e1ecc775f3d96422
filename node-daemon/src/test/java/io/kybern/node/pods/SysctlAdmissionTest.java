package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SysctlAdmissionTest {

    private static Pod pod(String sysctl, boolean hostNetwork) {
        return new PodBuilder()
                .withNewSpec()
                .withHostNetwork(hostNetwork)
                .withNewSecurityContext()
                .addNewSysctl(sysctl, "1")
                .endSecurityContext()
                .endSpec()
                .build();
    }

    @Test
    void safeParametersPass() {
        assertThat(SysctlAdmission.judge(pod("kernel.shm_rmid_forced", false))).isEmpty();
        assertThat(SysctlAdmission.judge(pod("net/ipv4/ip_unprivileged_port_start", false)))
                .isEmpty();
    }

    @Test
    void anUnsafeParameterFailsThePodBeforeAnythingElseIsLookedAt() {
        assertThat(PodAdmission.judge(pod("kernel.msgmax", false), null, List.of()))
                .contains(new PodRecord.FailureVerdict(
                        "SysctlForbidden", "forbidden sysctl: \"kernel.msgmax\" not allowlisted"));
    }

    @Test
    void theNodesOwnNetworkIsNotTuned() {
        assertThat(SysctlAdmission.judge(pod("net.ipv4.tcp_syncookies", true)))
                .contains(new PodRecord.FailureVerdict(
                        "SysctlForbidden",
                        "forbidden sysctl: \"net.ipv4.tcp_syncookies\" not allowed with host net enabled"));
    }

    @Test
    void slashesPartAndDotsStay() {
        assertThat(SysctlAdmission.normalized("net/ipv4/conf/eth0.1/forwarding"))
                .isEqualTo("net.ipv4.conf.eth0/1.forwarding");
        assertThat(SysctlAdmission.normalized("kernel.sem")).isEqualTo("kernel.sem");
    }
}
