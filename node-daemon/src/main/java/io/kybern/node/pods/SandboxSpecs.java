package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.env.ContainerConfigException;
import io.kybern.node.env.HostFiles;
import io.kybern.node.network.HostPort;
import io.kybern.node.network.PodIdentity;
import io.kybern.node.runtime.ContainerSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes the container that owns a pod's namespaces. */
final class SandboxSpecs {

    /** Without it nothing of the pod is left, whose processes the memory killer looks at together. */
    private static final ContainerSpec.Resources LAST_TO_BE_KILLED = new ContainerSpec.Resources(2, 0, 0, 0, -998);

    private SandboxSpecs() {}

    /**
     * What a sandbox is made in.
     *
     * @param runtime what runs it; null for the engine's choice
     * @param group the control group of the pod; null if it has none
     * @param shielded whether the machine lets a process be shielded from the memory killer
     */
    record Place(@Nullable String runtime, @Nullable String group, boolean shielded) {}

    static PodIdentity identity(Pod pod) {
        return new PodIdentity(
                pod.getMetadata().getNamespace(),
                pod.getMetadata().getName(),
                pod.getMetadata().getUid());
    }

    /**
     * The container that owns the namespaces.
     *
     * @param in what it joins
     */
    static ContainerSpec of(Pod pod, NodeFacts node, int attempt, Place in) throws ContainerConfigException {
        boolean hostNetwork = Specs.hostNetwork(pod);
        boolean hostPid = Boolean.TRUE.equals(pod.getSpec().getHostPID());
        boolean hostIpc = Boolean.TRUE.equals(pod.getSpec().getHostIPC());
        var namespaces = new ContainerSpec.Namespaces(
                hostNetwork ? "host" : "none",
                hostIpc ? "host" : "shareable",
                hostPid ? "host" : null,
                null,
                hostNetwork ? null : HostFiles.kernelHostname(pod, node.dns().domain()));
        var plain = ContainerSpec.Security.plain();
        var security = new ContainerSpec.Security(
                null,
                List.of(),
                List.of(),
                List.of(),
                false,
                false,
                plain.noNewPrivileges(),
                null,
                null,
                SecuritySpecs.sysctls(pod));
        return new ContainerSpec(
                name(pod, "POD", attempt),
                node.pauseImage(),
                null,
                null,
                List.of(),
                null,
                PodLabels.sandbox(pod, node.name(), attempt),
                List.of(),
                List.of(),
                namespaces,
                security,
                in.shielded() ? LAST_TO_BE_KILLED : ContainerSpec.Resources.none(),
                ContainerSpec.Console.none(),
                in.runtime(),
                in.group());
    }

    /** The engine's name of a container: readable, and unique per attempt. */
    static String name(Pod pod, String container, int attempt) {
        var m = pod.getMetadata();
        return "kybern_" + container + "_" + m.getName() + "_" + m.getNamespace() + "_" + m.getUid() + "_" + attempt;
    }

    static List<HostPort> hostPorts(Pod pod) {
        List<HostPort> out = new ArrayList<>();
        if (Specs.hostNetwork(pod)) {
            return out;
        }
        for (Container c : Specs.allContainers(pod)) {
            if (c.getPorts() == null) {
                continue;
            }
            for (ContainerPort p : c.getPorts()) {
                if (p.getHostPort() != null && p.getHostPort() > 0) {
                    out.add(new HostPort(
                            p.getHostIP() == null ? "" : p.getHostIP(),
                            p.getHostPort(),
                            p.getContainerPort(),
                            p.getProtocol() == null ? "TCP" : p.getProtocol()));
                }
            }
        }
        return out;
    }
}
