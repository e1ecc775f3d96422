package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.events.EventSink;
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

    /** What stands for the pod as a whole among the names of its containers. */
    private static final String WHOLE = "";

    private final PodPorts ports;
    private final Function<Pod, Optional<Refusal>> admission;
    private final ResizeSteps steps;
    private @Nullable Map<String, ResourceRequirements> granted;
    private @Nullable Refusal pending;
    private @Nullable String begun;
    private Set<String> unsettled = Set.of();
    private String error = "";
    private boolean inherited;

    /** @param admission whether the node has room for the pod as it is given */
    PodResizes(PodPorts ports, Function<Pod, Optional<Refusal>> admission) {
        this.ports = ports;
        this.admission = admission;
        this.steps = new ResizeSteps(ports);
    }

    News news() {
        return new News(pending, unsettled, error);
    }

    /** The pod with the resources that the node has granted; a new wish is judged. */
    Pod grant(Pod pod) {
        Map<String, ResourceRequirements> wanted = wanted(pod);
        if (granted == null) {
            granted = remembered(pod, wanted);
            inherited = pod.getStatus() != null
                    && pod.getStatus().getContainerStatuses() != null
                    && !pod.getStatus().getContainerStatuses().isEmpty();
        }
        if (!wanted.equals(granted)) {
            Refusal before = pending;
            pending = admission.apply(pod).orElse(null);
            if (pending == null) {
                granted = wanted;
                begun = words(pod, "");
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
                .withResources(held.get(WHOLE))
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
        if (pod.getSpec().getResources() != null) {
            out.put(WHOLE, pod.getSpec().getResources());
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
            out.computeIfPresent(WHOLE, (name, whole) -> had(pod.getStatus(), whole));
        }
        return out;
    }

    /** The status tells of everything that a pod has; what it asks for as a whole may be only a part of that. */
    private static ResourceRequirements had(PodStatus status, ResourceRequirements wanted) {
        ResourceRequirements had = status.getResources();
        return had == null
                ? wanted
                : new ResourceRequirementsBuilder(wanted)
                        .withRequests(known(QosClass.map(wanted, false), QosClass.map(had, false)))
                        .withLimits(known(QosClass.map(wanted, true), QosClass.map(had, true)))
                        .build();
    }

    private static Map<String, Quantity> known(Map<String, Quantity> wanted, Map<String, Quantity> had) {
        Map<String, Quantity> out = new TreeMap<>(wanted);
        out.replaceAll((name, amount) -> had.getOrDefault(name, amount));
        return out;
    }

    private static ResourceRequirements had(ContainerStatus status) {
        Map<String, Quantity> allocated = status.getAllocatedResources();
        return allocated == null || allocated.isEmpty()
                ? status.getResources()
                : new ResourceRequirementsBuilder(status.getResources())
                        .withRequests(allocated)
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
            if (inherited && pending == null) {
                inherited = !steps.settle(pod, observed);
            }
            return false;
        }
        ResizeSteps.Outcome outcome = steps.take(pod, observed, restart);
        unsettled = outcome.unsettled();
        if (!outcome.sameError(error)) {
            error = outcome.error();
            if (!error.isEmpty()) {
                tell(pod, EventSink.Type.WARNING, "ResizeError", "Pod resize error: " + words(pod, error));
            }
        }
        if (unsettled.isEmpty() && error.isEmpty() && pending == null) {
            tell(pod, EventSink.Type.NORMAL, "ResizeCompleted", "Pod resize completed: " + begun);
            begun = null;
        }
        return outcome.changed();
    }

    private static String words(Pod pod, String error) {
        Map<String, Object> out = new LinkedHashMap<>();
        if (pod.getSpec().getResources() != null) {
            out.put("resources", pod.getSpec().getResources());
        }
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
        if (!error.isEmpty()) {
            out.put("error", error);
        }
        return Serialization.asJson(out);
    }

    private void tell(Pod pod, EventSink.Type type, String reason, String message) {
        ports.events().record(EventSink.of(pod, null), type, reason, message);
    }
}
