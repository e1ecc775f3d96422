package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.Sysctl;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the kernel parameters that a pod asks for may be set. Only those that stay in the pod's own namespaces and harm
 * no neighbour are; see <a href="https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/">using sysctls</a>.
 */
final class SysctlAdmission {

    private static final Set<String> SAFE = Set.of(
            "kernel.shm_rmid_forced",
            "net.ipv4.ip_local_port_range",
            "net.ipv4.tcp_syncookies",
            "net.ipv4.ping_group_range",
            "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.ip_local_reserved_ports",
            "net.ipv4.tcp_keepalive_time",
            "net.ipv4.tcp_fin_timeout",
            "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes",
            "net.ipv4.tcp_rmem",
            "net.ipv4.tcp_wmem");

    private SysctlAdmission() {}

    static Optional<PodRecord.FailureVerdict> judge(Pod pod) {
        PodSecurityContext context = pod.getSpec().getSecurityContext();
        List<Sysctl> wanted = context == null || context.getSysctls() == null ? List.of() : context.getSysctls();
        for (Sysctl sysctl : wanted) {
            String name = normalized(sysctl.getName());
            if (!SAFE.contains(name)) {
                return forbidden(sysctl, "not allowlisted");
            }
            if (name.startsWith("net.") && Specs.hostNetwork(pod)) {
                return forbidden(sysctl, "not allowed with host net enabled");
            }
            if (name.startsWith("kernel.shm")
                    && Boolean.TRUE.equals(pod.getSpec().getHostIPC())) {
                return forbidden(sysctl, "not allowed with host ipc enabled");
            }
        }
        return Optional.empty();
    }

    private static Optional<PodRecord.FailureVerdict> forbidden(Sysctl sysctl, String why) {
        return Optional.of(new PodRecord.FailureVerdict(
                "SysctlForbidden", "forbidden sysctl: \"" + sysctl.getName() + "\" " + why));
    }

    /** The name with dots between its parts; where slashes part it, dots belong to names of devices. */
    static String normalized(String name) {
        int slash = name.indexOf('/');
        int dot = name.indexOf('.');
        if (slash < 0 || (dot >= 0 && dot < slash)) {
            return name;
        }
        StringBuilder out = new StringBuilder(name.length());
        name.chars().forEach(c -> out.append(c == '/' ? '.' : c == '.' ? '/' : (char) c));
        return out.toString();
    }
}
