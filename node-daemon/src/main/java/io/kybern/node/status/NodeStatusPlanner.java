package io.kybern.node.status;

import io.fabric8.kubernetes.api.model.ContainerImageBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeFeatures;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.runtime.EngineInfo;
import io.kybern.node.runtime.ImageDetails;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What the node's own object should say, computed from what the machine and the engine say. Pure. */
final class NodeStatusPlanner {

    static final String VERSION = "v1.36.0";
    private static final int MAX_PODS = 110;
    private static final int API_PORT = 10250;
    private static final int MAX_IMAGES = 50;
    private static final int MAX_NAMES = 5;
    private static final Set<String> OWN_CONDITIONS = Set.of("MemoryPressure", "DiskPressure", "PIDPressure", "Ready");

    /**
     * What is known of the machine at a moment.
     *
     * @param name the node's name
     * @param addresses its addresses
     * @param engine the container engine; null if it does not answer
     * @param images the images that it has
     * @param diskBytes the size of the pods' disk
     * @param pressures the conditions that tell of something running short, for example {@code MemoryPressure}
     * @param networkReady whether pods can get addresses
     * @param shuttingDown whether the machine is about to be turned off
     * @param reservations what of the machine is not for pods
     */
    record Machine(
            String name,
            List<String> addresses,
            @org.jspecify.annotations.Nullable EngineInfo engine,
            List<ImageDetails> images,
            long diskBytes,
            Set<String> pressures,
            boolean networkReady,
            boolean shuttingDown,
            Reservations reservations) {}

    private NodeStatusPlanner() {}

    /** The object of a node that is not registered yet. */
    static Node registration(Machine machine, Instant now) {
        Node bare = new NodeBuilder()
                .withNewMetadata()
                .withName(machine.name())
                .withLabels(labels(machine.name()))
                .addToAnnotations("volumes.kubernetes.io/controller-managed-attach-detach", "true")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build();
        return new NodeBuilder(bare).withStatus(status(bare, machine, now)).build();
    }

    /** The labels that every node has. */
    static Map<String, String> labels(String name) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("kubernetes.io/hostname", name);
        labels.put("kubernetes.io/os", "linux");
        labels.put("kubernetes.io/arch", MachineFacts.architecture());
        labels.put("beta.kubernetes.io/os", "linux");
        labels.put("beta.kubernetes.io/arch", MachineFacts.architecture());
        return labels;
    }

    /** The status; capacity that others have added stays, and is there to be given away as a whole. */
    static NodeStatus status(Node before, Machine machine, Instant now) {
        NodeStatus old = Objects.requireNonNullElse(before.getStatus(), new NodeStatus());
        Map<String, Quantity> capacity =
                new HashMap<>(Objects.requireNonNullElse(old.getCapacity(), Map.<String, Quantity>of()));
        EngineInfo engine = machine.engine();
        if (engine != null) {
            capacity.put("cpu", new Quantity(String.valueOf(engine.cpus())));
            capacity.put("memory", new Quantity(engine.memoryBytes() / 1024 + "Ki"));
        }
        capacity.put("ephemeral-storage", new Quantity(machine.diskBytes() / 1024 + "Ki"));
        capacity.put("pods", new Quantity(String.valueOf(MAX_PODS)));
        NodeStatusBuilder status = new NodeStatusBuilder(old)
                .withCapacity(capacity)
                .withAllocatable(machine.reservations().allocatable(capacity))
                .withConditions(conditions(old, machine, now))
                .withAddresses(addresses(machine))
                .withFeatures(new NodeFeatures(true))
                .withNewDaemonEndpoints()
                .withNewKubeletEndpoint()
                .withPort(API_PORT)
                .endKubeletEndpoint()
                .endDaemonEndpoints()
                .withImages(machine.images().stream()
                        .sorted((a, b) -> Long.compare(b.sizeBytes(), a.sizeBytes()))
                        .limit(MAX_IMAGES)
                        .map(image -> new ContainerImageBuilder()
                                .withNames(
                                        image.names().stream().limit(MAX_NAMES).toList())
                                .withSizeBytes(image.sizeBytes())
                                .build())
                        .toList());
        if (engine != null) {
            status.withNewNodeInfo()
                    .withMachineID(MachineFacts.line("/etc/machine-id"))
                    .withSystemUUID(MachineFacts.line("/etc/machine-id"))
                    .withBootID(MachineFacts.line("/proc/sys/kernel/random/boot_id"))
                    .withKernelVersion(engine.kernelVersion())
                    .withOsImage(engine.operatingSystem())
                    .withContainerRuntimeVersion(MachineFacts.runtime(engine))
                    .withKubeletVersion(VERSION)
                    // nobody knows it: see https://kep.k8s.io/4004
                    .withKubeProxyVersion("")
                    .withOperatingSystem("linux")
                    .withArchitecture(MachineFacts.architecture())
                    .endNodeInfo();
        }
        return status.build();
    }

    private static List<NodeAddress> addresses(Machine machine) {
        List<NodeAddress> addresses = new ArrayList<>();
        machine.addresses().stream().limit(1).forEach(ip -> addresses.add(new NodeAddress(ip, "InternalIP")));
        addresses.add(new NodeAddress(machine.name(), "Hostname"));
        return addresses;
    }

    private static List<NodeCondition> conditions(NodeStatus old, Machine machine, Instant now) {
        // what others say of the node stays
        List<NodeCondition> conditions =
                new ArrayList<>(Objects.requireNonNullElse(old.getConditions(), List.<NodeCondition>of()));
        conditions.removeIf(each -> OWN_CONDITIONS.contains(each.getType()));
        Set<String> pressures = machine.pressures();
        conditions.add(
                pressures.contains("MemoryPressure")
                        ? condition(
                                old,
                                "MemoryPressure",
                                true,
                                "KubeletHasInsufficientMemory",
                                "kubelet has insufficient memory available",
                                now)
                        : condition(
                                old,
                                "MemoryPressure",
                                false,
                                "KubeletHasSufficientMemory",
                                "kubelet has sufficient memory available",
                                now));
        conditions.add(
                pressures.contains("DiskPressure")
                        ? condition(
                                old, "DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure", now)
                        : condition(
                                old,
                                "DiskPressure",
                                false,
                                "KubeletHasNoDiskPressure",
                                "kubelet has no disk pressure",
                                now));
        conditions.add(
                pressures.contains("PIDPressure")
                        ? condition(
                                old,
                                "PIDPressure",
                                true,
                                "KubeletHasInsufficientPID",
                                "kubelet has insufficient PID available",
                                now)
                        : condition(
                                old,
                                "PIDPressure",
                                false,
                                "KubeletHasSufficientPID",
                                "kubelet has sufficient PID available",
                                now));
        String why = whyNotReady(machine);
        conditions.add(
                why.isEmpty()
                        ? condition(old, "Ready", true, "KubeletReady", "kubelet is posting ready status", now)
                        : condition(old, "Ready", false, "KubeletNotReady", why, now));
        return conditions;
    }

    /** Empty for a node that is ready; several reasons stand in brackets. */
    private static String whyNotReady(Machine machine) {
        List<String> reasons = new ArrayList<>();
        if (machine.engine() == null) {
            reasons.add("container runtime is down");
        } else if (!machine.networkReady()) {
            reasons.add("container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady"
                    + " message:Network plugin returns error: the node has no pod range yet");
        }
        if (machine.shuttingDown()) {
            reasons.add("node is shutting down");
        }
        return reasons.size() < 2 ? String.join("", reasons) : "[" + String.join(", ", reasons) + "]";
    }

    private static NodeCondition condition(
            NodeStatus old, String type, boolean holds, String reason, String message, Instant now) {
        String status = holds ? "True" : "False";
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        String since = Objects.requireNonNullElse(old.getConditions(), List.<NodeCondition>of()).stream()
                .filter(each -> each.getType().equals(type) && each.getStatus().equals(status))
                .map(NodeCondition::getLastTransitionTime)
                .findFirst()
                .orElse(time);
        return new NodeConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withLastHeartbeatTime(time)
                .withLastTransitionTime(since)
                .build();
    }

    /** Whether a node that was ready is said to be in another condition. */
    static boolean contradicts(NodeStatus before, NodeStatus after) {
        Map<String, String> was = standings(before);
        return "True".equals(was.get("Ready")) && !was.equals(standings(after));
    }

    private static Map<String, String> standings(NodeStatus status) {
        Map<String, String> standings = new HashMap<>();
        Objects.requireNonNullElse(status.getConditions(), List.<NodeCondition>of())
                .forEach(each -> standings.put(each.getType(), each.getStatus()));
        return standings;
    }

    /** Whether the two say the same but for the times of heartbeats. */
    static boolean same(NodeStatus one, NodeStatus other) {
        return withoutTimes(one).equals(withoutTimes(other));
    }

    private static NodeStatus withoutTimes(NodeStatus status) {
        List<NodeCondition> conditions =
                Objects.requireNonNullElse(status.getConditions(), List.<NodeCondition>of()).stream()
                        .map(each -> new NodeConditionBuilder(each)
                                .withLastHeartbeatTime(null)
                                .build())
                        .toList();
        return new NodeStatusBuilder(status).withConditions(conditions).build();
    }
}
