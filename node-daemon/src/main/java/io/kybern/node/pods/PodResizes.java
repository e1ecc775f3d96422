package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerResizePolicy;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.events.EventSink;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.RuntimeFailure;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Changes the resources of running containers. A wish is granted when the node has room for it and waits otherwise; what was
 * granted before then still holds. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/">resizing containers</a>. Owned by
 * the worker's thread.
 */
final class PodResizes {

    /** Why a wish is not granted now ({@code Deferred}) or can never be ({@code Infeasible}). */
    record Refusal(String reason, String message) {}

    /**
     * What the pod's status tells.
     *
     * @param pending why the wish is not granted; null if there is no such wish
     * @param unsettled containers that do not have yet what was granted to them
     * @param error why they do not; empty while it is being done
     */
    record News(@Nullable Refusal pending, Set<String> unsettled, String error) {

        News {
            unsettled = Set.copyOf(unsettled);
        }

        static News none() {
            return new News(null, Set.of(), "");
        }
    }

    private final PodPorts ports;
    private final Function<Pod, Optional<Refusal>> admission;
    private final Map<String, ContainerSpec.Resources> carriedOut = new HashMap<>();
    private @Nullable Map<String, ResourceRequirements> granted;
    private @Nullable Refusal pending;
    private @Nullable String begun;
    private Set<String> unsettled = Set.of();
    private String error = "";

    /** @param admission whether the node has room for the pod as it is given */
    PodResizes(PodPorts ports, Function<Pod, Optional<Refusal>> admission) {
        this.ports = ports;
        this.admission = admission;
    }

    News news() {
        return new News(pending, unsettled, error);
    }

    /** The pod with the resources that the node has granted; a new wish is judged. */
    Pod grant(Pod pod) {
        Map<String, ResourceRequirements> wanted = wanted(pod);
        if (granted == null) {
            granted = remembered(pod, wanted);
        }
        if (!wanted.equals(granted)) {
            Refusal before = pending;
            pending = admission.apply(pod).orElse(null);
            if (pending == null) {
                granted = wanted;
                begun = words(pod);
                tell(pod, EventSink.Type.NORMAL, "ResizeStarted", "Pod resize started: " + begun);
            } else if (!pending.equals(before)) {
                tell(
                        pod,
                        EventSink.Type.WARNING,
                        "Resize" + pending.reason(),
                        "Pod resize " + pending.reason() + ": " + pending.message());
            }
        } else {
            pending = null;
        }
        return apply(pod);
    }

    /** The pod with the resources that were granted last. */
    Pod apply(Pod pod) {
        Map<String, ResourceRequirements> held = granted;
        if (held == null || wanted(pod).equals(held)) {
            return pod;
        }
        PodBuilder builder = new PodBuilder(pod);
        List<Container> apps = with(pod.getSpec().getContainers(), held);
        return builder.editSpec()
                .withContainers(apps)
                .withInitContainers(with(Specs.initContainers(pod), held))
                .endSpec()
                .build();
    }

    private static List<Container> with(List<Container> containers, Map<String, ResourceRequirements> resources) {
        return containers.stream()
                .map(c -> {
                    ResourceRequirements own = resources.get(c.getName());
                    return own == null
                            ? c
                            : new ContainerBuilder(c).withResources(own).build();
                })
                .toList();
    }

    private static Map<String, ResourceRequirements> wanted(Pod pod) {
        Map<String, ResourceRequirements> out = new TreeMap<>();
        for (Container c : Specs.allContainers(pod)) {
            ResourceRequirements r = c.getResources();
            out.put(c.getName(), r == null ? new ResourceRequirements() : r);
        }
        return out;
    }

    /** After a restart of this process: what the status says that containers have. */
    private static Map<String, ResourceRequirements> remembered(Pod pod, Map<String, ResourceRequirements> wanted) {
        Map<String, ResourceRequirements> out = new TreeMap<>(wanted);
        if (pod.getStatus() != null) {
            Stream.of(pod.getStatus().getContainerStatuses(), pod.getStatus().getInitContainerStatuses())
                    .filter(list -> list != null)
                    .flatMap(List::stream)
                    .filter(s -> s.getResources() != null && out.containsKey(s.getName()))
                    .forEach(s -> out.put(s.getName(), had(s)));
        }
        return out;
    }

    private static ResourceRequirements had(ContainerStatus status) {
        return new ResourceRequirementsBuilder(status.getResources())
                .withRequests(
                        status.getAllocatedResources() == null
                                ? status.getResources().getRequests()
                                : status.getAllocatedResources())
                .build();
    }

    /**
     * Gives running containers what was granted to them.
     *
     * @param restart stops a container that wants to be started anew for this, with the words of its event
     * @return whether something was changed, so that the engine shows it at the next look
     */
    boolean carryOut(Pod pod, ObservedPod observed, BiConsumer<ObservedContainer, String> restart) {
        if (begun == null) {
            // what this machine refused from the start is no wish
            return false;
        }
        Map<String, String> errors = new LinkedHashMap<>();
        Map<String, ContainerSpec.Resources> left = new HashMap<>();
        boolean changed = false;
        for (ObservedContainer c : observed.running()) {
            Optional<Container> spec = Specs.container(pod, c.name());
            if (spec.isEmpty() || c.kind() == ContainerKind.EPHEMERAL || c.kind() == ContainerKind.SANDBOX) {
                continue;
            }
            ContainerSpec.Resources has = c.details().resources();
            ContainerSpec.Resources wants = ResourceSpecs.of(pod, spec.get(), 0);
            if (same(has, wants) || wants.equals(carriedOut.get(c.id()))) {
                continue;
            }
            left.put(c.name(), wants);
            if (wantsRestart(spec.get(), has, wants)) {
                restart.accept(c, "Container " + c.name() + " resize requires restart");
                continue;
            }
            try {
                ports.runtime().resize(c.id(), wants);
                carriedOut.put(c.id(), wants);
                changed = true;
            } catch (RuntimeFailure refused) {
                errors.put(c.name(), String.valueOf(refused.getMessage()));
            }
        }
        unsettled = left.keySet();
        error = String.join("; ", errors.values());
        if (left.isEmpty() && pending == null) {
            tell(pod, EventSink.Type.NORMAL, "ResizeCompleted", "Pod resize completed: " + begun);
            begun = null;
        }
        return changed;
    }

    /** The score for the memory killer cannot be changed, so it does not count. */
    private static boolean same(ContainerSpec.Resources a, ContainerSpec.Resources b) {
        return sameCpu(a, b) && a.memoryBytes() == b.memoryBytes();
    }

    private static boolean sameCpu(ContainerSpec.Resources a, ContainerSpec.Resources b) {
        return a.cpuShares() == b.cpuShares() && a.cpuQuotaMicros() == b.cpuQuotaMicros();
    }

    private static boolean wantsRestart(
            Container container, ContainerSpec.Resources has, ContainerSpec.Resources wants) {
        return (!sameCpu(has, wants) && restarts(container, "cpu"))
                || (has.memoryBytes() != wants.memoryBytes() && restarts(container, "memory"));
    }

    private static boolean restarts(Container container, String resource) {
        List<ContainerResizePolicy> policies = container.getResizePolicy();
        return policies != null
                && policies.stream()
                        .anyMatch(p -> resource.equals(p.getResourceName())
                                && "RestartContainer".equals(p.getRestartPolicy()));
    }

    private static String words(Pod pod) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put(
                "containers",
                Specs.allContainers(pod).stream()
                        .map(c -> {
                            Map<String, Object> one = new LinkedHashMap<>();
                            one.put("name", c.getName());
                            one.put("resources", c.getResources());
                            return one;
                        })
                        .toList());
        out.put("generation", pod.getMetadata().getGeneration());
        return Serialization.asJson(out);
    }

    private void tell(Pod pod, EventSink.Type type, String reason, String message) {
        ports.events().record(EventSink.of(pod, null), type, reason, message);
    }
}
