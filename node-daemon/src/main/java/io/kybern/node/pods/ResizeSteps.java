package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerResizePolicy;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.cgroups.PodGroup;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.RuntimeFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Gives running containers, and the group that they are in, what was granted to them: the group gets more before its containers do, and less
 * after them. Less memory than is in use is not given, because that would end processes. Owned by the worker's thread. See
 * <a href="https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/">resizing containers</a>.
 */
final class ResizeSteps {

    private static final Pattern USAGE = Pattern.compile("(?<=below current usage )\\([0-9]+\\)");

    private final PodPorts ports;
    private final Map<String, ContainerSpec.Resources> taken = new HashMap<>();

    ResizeSteps(PodPorts ports) {
        this.ports = ports;
    }

    /**
     * How far it is.
     *
     * @param unsettled containers that do not have yet what was granted to them
     * @param error why not; empty while it is being done
     * @param changed whether something was changed, so that the engine shows it at the next look
     */
    record Outcome(Set<String> unsettled, String error, boolean changed) {

        Outcome {
            unsettled = Set.copyOf(unsettled);
        }

        /** Whether it is the same error, however much memory is in use by now. */
        boolean sameError(String before) {
            return withoutUsage(error).equals(withoutUsage(before));
        }

        private static String withoutUsage(String error) {
            return USAGE.matcher(error).replaceAll("");
        }
    }

    /** A container that has something else than it was granted. */
    private record Step(
            ObservedContainer container, Container spec, ContainerSpec.Resources has, ContainerSpec.Resources wants) {

        boolean sameCpu() {
            return has.cpuShares() == wants.cpuShares() && has.cpuQuotaMicros() == wants.cpuQuotaMicros();
        }

        boolean sameMemory() {
            return has.memoryBytes() == wants.memoryBytes();
        }

        boolean wantsRestart() {
            return (!sameCpu() && restarts("cpu")) || (!sameMemory() && restarts("memory"));
        }

        private boolean restarts(String resource) {
            List<ContainerResizePolicy> policies = spec.getResizePolicy();
            return policies != null
                    && policies.stream()
                            .anyMatch(p -> resource.equals(p.getResourceName())
                                    && "RestartContainer".equals(p.getRestartPolicy()));
        }

        /** Whether it is to have less memory than it has; what has no limit has any amount. */
        boolean shrinks() {
            return less(has.memoryBytes(), wants.memoryBytes());
        }
    }

    private static boolean less(long has, long wants) {
        return wants > 0 && (has == 0 || wants < has);
    }

    /**
     * Does what can be done now.
     *
     * @param restart stops a container that wants to be started anew for this, with the words of its event
     */
    Outcome take(Pod pod, ObservedPod observed, BiConsumer<ObservedContainer, String> restart) {
        PodGroup group = PodGroupSpecs.of(pod);
        ports.groups().raise(group);
        List<Step> steps = steps(pod, observed);
        Set<String> unsettled = new LinkedHashSet<>();
        boolean stopping = false;
        List<Step> here = new ArrayList<>();
        for (Step step : steps) {
            unsettled.add(step.container().name());
            if (step.wantsRestart()) {
                stopping = true;
                restart.accept(step.container(), "Container " + step.spec().getName() + " resize requires restart");
            } else {
                here.add(step);
            }
        }
        String refused = below(group, here);
        if (!refused.isEmpty()) {
            return new Outcome(unsettled, refused, false);
        }
        Map<String, String> errors = new LinkedHashMap<>();
        boolean changed = false;
        for (Step step : here) {
            try {
                ports.runtime().resize(step.container().id(), step.wants());
                taken.put(step.container().id(), step.wants());
                changed = true;
            } catch (RuntimeFailure failure) {
                errors.put(step.container().name(), String.valueOf(failure.getMessage()));
            }
        }
        if (!stopping && errors.isEmpty() && !ports.groups().settle(group)) {
            errors.put("", "the limits of the pod's control group could not be set");
        }
        return new Outcome(unsettled, String.join("; ", errors.values()), changed);
    }

    /**
     * Gives the group what was granted, if its containers have that already: an earlier process may have ended between the two.
     *
     * @return whether there is nothing left to do
     */
    boolean settle(Pod pod, ObservedPod observed) {
        PodGroup group = PodGroupSpecs.of(pod);
        long limit = group.limits().memoryBytes();
        OptionalLong use = ports.groups().memoryBytes(group.uid());
        boolean fits = limit == 0 || use.isEmpty() || use.getAsLong() < limit;
        if (!fits || !steps(pod, observed).isEmpty()) {
            return false;
        }
        ports.groups().settle(group);
        return true;
    }

    private List<Step> steps(Pod pod, ObservedPod observed) {
        List<Step> steps = new ArrayList<>();
        for (ObservedContainer c : observed.running()) {
            Optional<Container> spec = Specs.container(pod, c.name());
            if (spec.isEmpty() || c.kind() == ContainerKind.EPHEMERAL || c.kind() == ContainerKind.SANDBOX) {
                continue;
            }
            Step step = new Step(c, spec.get(), c.details().resources(), ResourceSpecs.of(pod, spec.get(), 0));
            if (!(step.sameCpu() && step.sameMemory()) && !step.wants().equals(taken.get(c.id()))) {
                steps.add(step);
            }
        }
        return steps;
    }

    /** Why memory cannot be taken away; empty if it can. */
    private String below(PodGroup group, List<Step> steps) {
        List<String> reasons = new ArrayList<>();
        long limit = group.limits().memoryBytes();
        Optional<PodGroup.Limits> before = ports.groups().limits(group.uid());
        if (before.isPresent() && less(before.get().memoryBytes(), limit)) {
            OptionalLong use = ports.groups().memoryBytes(group.uid());
            if (use.isPresent() && use.getAsLong() >= limit) {
                reasons.add("attempting to set pod memory limit (%d) below current usage (%d)"
                        .formatted(limit, use.getAsLong()));
            }
        }
        for (Step step : steps) {
            long wanted = step.wants().memoryBytes();
            OptionalLong use = step.shrinks()
                    ? ports.groups().memoryBytes(group.uid(), step.container().id())
                    : OptionalLong.empty();
            if (use.isPresent() && use.getAsLong() >= wanted) {
                reasons.add("attempting to set container \"%s\" memory limit (%d) below current usage (%d)"
                        .formatted(step.container().name(), wanted, use.getAsLong()));
            }
        }
        return switch (reasons.size()) {
            case 0 -> "";
            case 1 -> "cannot decrease memory limits: " + reasons.getFirst();
            default -> "cannot decrease memory limits: [" + String.join(", ", reasons) + "]";
        };
    }
}
