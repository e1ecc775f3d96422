package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.network.HostPort;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether the node takes a pod that was given to it. The scheduler asks the same before; this is the last word, for pods
 * that name their node themselves and for two decisions that met. Pure.
 */
final class PodAdmission {

    private PodAdmission() {}

    /**
     * Why the pod is refused, or empty.
     *
     * @param node the node's object; null when it is not known yet, and then only host ports count
     * @param others the pods that the node runs already
     */
    static Optional<PodRecord.FailureVerdict> judge(Pod pod, @Nullable Node node, Collection<Pod> others) {
        Optional<PodRecord.FailureVerdict> sysctls = SysctlAdmission.judge(pod);
        if (sysctls.isPresent()) {
            return sysctls;
        }
        Optional<PodRecord.FailureVerdict> system = NodeMatch.operatingSystem(pod, node);
        if (system.isPresent()) {
            return system;
        }
        if (node != null) {
            Optional<PodRecord.FailureVerdict> resources = resources(pod, node, others);
            if (resources.isPresent()) {
                return resources;
            }
            if (!NodeMatch.matches(pod, node)) {
                return Optional.of(new PodRecord.FailureVerdict(
                        "NodeAffinity",
                        "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"));
            }
            if (NodeMatch.repelledByNoExecute(pod, node)) {
                return Optional.of(new PodRecord.FailureVerdict(
                        "TaintToleration",
                        "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"));
            }
        }
        return ports(pod, others);
    }

    private static Optional<PodRecord.FailureVerdict> ports(Pod pod, Collection<Pod> others) {
        List<HostPort> wanted = hostPorts(pod);
        for (Pod other : others) {
            for (HostPort taken : hostPorts(other)) {
                for (HostPort port : wanted) {
                    if (clash(port, taken)) {
                        return Optional.of(new PodRecord.FailureVerdict(
                                "NodePorts",
                                "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod"
                                        + " ports"));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static List<HostPort> hostPorts(Pod pod) {
        List<HostPort> out = new ArrayList<>();
        for (Container c : Specs.allContainers(pod)) {
            for (ContainerPort p : c.getPorts() == null ? List.<ContainerPort>of() : c.getPorts()) {
                if (p.getHostPort() != null && p.getHostPort() > 0) {
                    out.add(new HostPort(
                            p.getHostIP() == null || p.getHostIP().isEmpty() ? "0.0.0.0" : p.getHostIP(),
                            p.getHostPort(),
                            p.getContainerPort(),
                            p.getProtocol() == null ? "TCP" : p.getProtocol()));
                }
            }
        }
        return out;
    }

    private static boolean clash(HostPort a, HostPort b) {
        boolean sameAddress = a.hostIp().equals(b.hostIp())
                || a.hostIp().equals("0.0.0.0")
                || b.hostIp().equals("0.0.0.0");
        return sameAddress && a.hostPort() == b.hostPort() && a.protocol().equals(b.protocol());
    }

    /**
     * Whether a pod that runs here may have the resources that it is given with.
     *
     * @param others the pods that the node runs beside it
     */
    static Optional<PodResizes.Refusal> resize(Pod pod, @Nullable Node node, Collection<Pod> others) {
        Map<String, Quantity> allocatable = node == null || node.getStatus() == null
                ? null
                : node.getStatus().getAllocatable();
        if (node == null || allocatable == null) {
            return Optional.empty();
        }
        Map<String, BigDecimal> wanted = PodRequests.of(pod);
        for (String name : List.of("cpu", "memory")) {
            BigDecimal want = wanted.getOrDefault(name, BigDecimal.ZERO);
            BigDecimal have = QosClass.amount(allocatable.get(name));
            if (want.compareTo(have) > 0) {
                return Optional.of(new PodResizes.Refusal(
                        "Infeasible",
                        "Node didn't have enough capacity: " + name + ", requested: " + unit(name, want)
                                + ", capacity: " + unit(name, have)));
            }
        }
        return resources(pod, node, others).map(full -> new PodResizes.Refusal("Deferred", full.message()));
    }

    private static Optional<PodRecord.FailureVerdict> resources(Pod pod, Node node, Collection<Pod> others) {
        Map<String, Quantity> allocatable =
                node.getStatus() == null ? null : node.getStatus().getAllocatable();
        if (allocatable == null || allocatable.isEmpty()) {
            return Optional.empty();
        }
        BigDecimal podLimit = QosClass.amount(allocatable.get("pods"));
        if (podLimit.signum() > 0 && BigDecimal.valueOf(others.size() + 1L).compareTo(podLimit) > 0) {
            return Optional.of(outOf("pods", BigDecimal.ONE, BigDecimal.valueOf(others.size()), podLimit));
        }
        Map<String, BigDecimal> wanted = PodRequests.of(pod);
        Map<String, BigDecimal> used = new HashMap<>();
        for (Pod other : others) {
            PodRequests.of(other).forEach((k, v) -> used.merge(k, v, BigDecimal::add));
        }
        Set<String> names = new LinkedHashSet<>(List.of("cpu", "memory", "ephemeral-storage"));
        names.addAll(wanted.keySet());
        for (String name : names) {
            BigDecimal want = wanted.getOrDefault(name, BigDecimal.ZERO);
            Quantity have = allocatable.get(name);
            if (want.signum() == 0) {
                continue;
            }
            BigDecimal taken = used.getOrDefault(name, BigDecimal.ZERO);
            if (taken.add(want).compareTo(QosClass.amount(have)) > 0) {
                return Optional.of(outOf(name, want, taken, QosClass.amount(have)));
            }
        }
        return Optional.empty();
    }

    private static PodRecord.FailureVerdict outOf(String name, BigDecimal want, BigDecimal used, BigDecimal capacity) {
        return new PodRecord.FailureVerdict(
                "OutOf" + name,
                "Node didn't have enough resource: " + name + ", requested: " + unit(name, want) + ", used: "
                        + unit(name, used) + ", capacity: " + unit(name, capacity));
    }

    /** Processor time in thousandths, everything else in whole units. */
    private static String unit(String name, BigDecimal amount) {
        BigDecimal scaled = name.equals("cpu") ? amount.multiply(BigDecimal.valueOf(1000)) : amount;
        return scaled.setScale(0, RoundingMode.CEILING).toPlainString();
    }
}
