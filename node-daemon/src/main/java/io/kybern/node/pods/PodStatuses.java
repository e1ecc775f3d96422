package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.HostIP;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A pod's whole status from what is known of it. Pure: the same knowledge gives the same status, so an unchanged pod is
 * not written again. Conditions as in <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions">pod conditions</a>.
 */
final class PodStatuses {

    private final Pod pod;
    private final @Nullable PodStatus last;
    private final PodRecord record;
    private final ObservedPod observed;
    private final Instant now;

    private PodStatuses(Pod pod, @Nullable PodStatus last, PodRecord record, ObservedPod observed, Instant now) {
        this.pod = pod;
        this.last = last;
        this.record = record;
        this.observed = observed;
        this.now = now;
    }

    /**
     * The pod's status.
     *
     * @param last the status computed before this one, which the API server may not have yet
     */
    static PodStatus of(
            Pod pod,
            @Nullable PodStatus last,
            ObservedPod observed,
            Function<ObservedContainer, ContainerVerdict> verdicts,
            Function<ObservedContainer, String> terminationMessages,
            PodRecord record,
            Instant now) {
        var containers = new ContainerStatuses(pod, observed, verdicts, terminationMessages, record);
        List<ContainerStatus> inits = containers.inits();
        List<ContainerStatus> apps = containers.apps();
        if (record.over()) {
            LostContainers lost = LostContainers.of(pod, inits, apps);
            inits = lost.inits();
            apps = lost.apps();
        }
        return new PodStatuses(pod, last, record, observed, now).build(inits, apps, containers.ephemerals());
    }

    /** The status of a pod that this node refused to run. */
    static PodStatus rejected(Pod pod, PodRecord.FailureVerdict why, Instant now) {
        return new PodStatusBuilder()
                .withPhase(PodPhase.FAILED)
                .withReason(why.reason())
                .withMessage("Pod was rejected: " + why.message())
                .withStartTime(ContainerStatuses.text(now))
                .withObservedGeneration(pod.getMetadata().getGeneration())
                .withQosClass(qos(pod))
                .build();
    }

    private PodStatus build(List<ContainerStatus> inits, List<ContainerStatus> apps, List<ContainerStatus> ephemerals) {
        String phase = phase(inits, apps);
        PodStatusBuilder status = new PodStatusBuilder()
                .withPhase(phase)
                .withObservedGeneration(pod.getMetadata().getGeneration())
                .withStartTime(ContainerStatuses.text(record.startedAt()))
                .withQosClass(qos(pod))
                .withAllocatedResources(PodRequests.requests(pod))
                .withResources(PodRequests.effective(pod, phase.equals(PodPhase.RUNNING)))
                .withContainerStatuses(apps)
                .withInitContainerStatuses(inits)
                .withEphemeralContainerStatuses(ephemerals)
                .withConditions(conditions(phase, inits, apps));
        if (!record.hostIps().isEmpty()) {
            status.withHostIP(record.hostIps().getFirst());
            status.withHostIPs(record.hostIps().stream().map(HostIP::new).toList());
        }
        if (!record.podIps().isEmpty()) {
            status.withPodIP(record.podIps().getFirst());
            status.withPodIPs(record.podIps().stream().map(PodIP::new).toList());
        } else if (record.over() && pod.getStatus() != null) {
            // an earlier process gave the address back, and what it was stays known
            status.withPodIP(pod.getStatus().getPodIP());
            status.withPodIPs(pod.getStatus().getPodIPs());
        }
        if (record.verdict() != null && record.over()) {
            status.withReason(record.verdict().reason())
                    .withMessage(record.verdict().message());
        }
        if (record.verdict() == null && Specs.terminalPhase(pod)) {
            status.withReason(pod.getStatus().getReason())
                    .withMessage(pod.getStatus().getMessage());
        }
        return status.build();
    }

    private String phase(List<ContainerStatus> inits, List<ContainerStatus> apps) {
        if (Specs.terminalPhase(pod)) {
            return pod.getStatus().getPhase();
        }
        if (record.over() && record.verdict() != null) {
            return PodPhase.FAILED;
        }
        String phase = PodPhase.of(pod, inits, apps, record.over());
        boolean ended = phase.equals(PodPhase.SUCCEEDED) || phase.equals(PodPhase.FAILED);
        // the end is told only when nothing runs any more, so that nobody takes a pod's place too early
        return ended && !record.over() ? before() : phase;
    }

    private String before() {
        PodStatus known = last == null ? pod.getStatus() : last;
        return known == null || known.getPhase() == null ? PodPhase.PENDING : known.getPhase();
    }

    private static @Nullable String qos(Pod pod) {
        String known = pod.getStatus() == null ? null : pod.getStatus().getQosClass();
        return known == null ? QosClass.of(pod).wireName() : known;
    }

    private List<PodCondition> conditions(String phase, List<ContainerStatus> inits, List<ContainerStatus> apps) {
        List<PodCondition> out = new ArrayList<>();
        out.add(condition("PodReadyToStartContainers", readyToStart(), null, null));
        out.add(initialized(phase, inits, apps));
        PodCondition containersReady = containersReady(phase, inits, apps);
        out.add(ready(containersReady));
        out.add(containersReady);
        resizing(out);
        restarting(phase, out);
        PodRecord.FailureVerdict verdict = record.verdict();
        if (verdict != null && verdict.disrupted()) {
            out.add(condition("DisruptionTarget", true, "TerminationByKubelet", verdict.message()));
        }
        out.add(condition("PodScheduled", true, null, null));
        return out;
    }

    private void resizing(List<PodCondition> out) {
        PodResizes.Refusal refusal = record.resize().pending();
        if (refusal != null) {
            out.add(condition("PodResizePending", true, refusal.reason(), refusal.message()));
        }
        String error = record.resize().error();
        if (!record.resize().unsettled().isEmpty() || !error.isEmpty()) {
            out.add(condition(
                    "PodResizeInProgress", true, error.isEmpty() ? null : "Error", error.isEmpty() ? null : error));
        }
    }

    private void restarting(String phase, List<PodCondition> out) {
        if (!RestartRounds.possible(pod)) {
            return;
        }
        String type = "AllContainersRestarting";
        if (phase.equals(PodPhase.SUCCEEDED) || phase.equals(PodPhase.FAILED)) {
            String reason = phase.equals(PodPhase.SUCCEEDED) ? "PodCompleted" : "PodFailed";
            out.add(condition(type, false, reason, null));
        } else if (RestartRounds.pending(pod, observed)) {
            out.add(condition(type, true, "RestartAllContainersStarted", "container exited with restart policy rule"));
        } else {
            out.add(condition(type, false, null, null));
        }
    }

    private boolean readyToStart() {
        return observed.sandbox().isPresent() && (!record.podIps().isEmpty() || Specs.hostNetwork(pod));
    }

    private PodCondition initialized(String phase, List<ContainerStatus> inits, List<ContainerStatus> apps) {
        if (phase.equals(PodPhase.SUCCEEDED)) {
            return condition("Initialized", true, "PodCompleted", null);
        }
        boolean appStarted = apps.stream()
                .anyMatch(s -> s.getContainerID() != null
                        && (s.getState().getWaiting() == null
                                || s.getLastState() != null && s.getLastState().getTerminated() != null));
        List<String> incomplete = new ArrayList<>();
        for (int i = 0; i < inits.size(); i++) {
            ContainerStatus status = inits.get(i);
            boolean sidecar = Specs.isSidecar(Specs.initContainers(pod).get(i));
            boolean done = sidecar ? Boolean.TRUE.equals(status.getStarted()) : status.getReady();
            if (!done) {
                incomplete.add(status.getName());
            }
        }
        boolean again = RestartRounds.now(pod, observed) > 0
                && old("Initialized").filter(c -> "True".equals(c.getStatus())).isPresent();
        if (appStarted || again || incomplete.isEmpty()) {
            return condition("Initialized", true, null, null);
        }
        return condition(
                "Initialized",
                false,
                "ContainersNotInitialized",
                "containers with incomplete status: " + list(incomplete));
    }

    private PodCondition containersReady(String phase, List<ContainerStatus> inits, List<ContainerStatus> apps) {
        if (phase.equals(PodPhase.SUCCEEDED)) {
            return condition("ContainersReady", false, "PodCompleted", null);
        }
        if (phase.equals(PodPhase.FAILED)) {
            return condition("ContainersReady", false, "PodFailed", null);
        }
        List<String> unready = new ArrayList<>();
        for (int i = 0; i < inits.size(); i++) {
            if (Specs.isSidecar(Specs.initContainers(pod).get(i))
                    && !inits.get(i).getReady()) {
                unready.add(inits.get(i).getName());
            }
        }
        apps.stream().filter(s -> !s.getReady()).forEach(s -> unready.add(s.getName()));
        return unready.isEmpty()
                ? condition("ContainersReady", true, null, null)
                : condition(
                        "ContainersReady",
                        false,
                        "ContainersNotReady",
                        "containers with unready status: " + list(unready));
    }

    private PodCondition ready(PodCondition containersReady) {
        if (!"True".equals(containersReady.getStatus())) {
            return condition("Ready", false, containersReady.getReason(), containersReady.getMessage());
        }
        List<String> missing = new ArrayList<>();
        List<PodReadinessGate> gates = pod.getSpec().getReadinessGates();
        if (gates != null) {
            for (PodReadinessGate gate : gates) {
                String type = gate.getConditionType();
                Optional<PodCondition> found = old(type);
                if (found.isEmpty()) {
                    missing.add("corresponding condition of pod readiness gate \"" + type + "\" does not exist.");
                } else if (!"True".equals(found.get().getStatus())) {
                    missing.add("the status of pod readiness gate \"" + type + "\" is not \"True\", but "
                            + found.get().getStatus());
                }
            }
        }
        return missing.isEmpty()
                ? condition("Ready", true, null, null)
                : condition("Ready", false, "ReadinessGatesNotReady", String.join(", ", missing));
    }

    private static String list(List<String> names) {
        return "[" + String.join(" ", names) + "]";
    }

    private Optional<PodCondition> old(String type) {
        return find(pod.getStatus(), type);
    }

    private static Optional<PodCondition> find(@Nullable PodStatus status, String type) {
        if (status == null || status.getConditions() == null) {
            return Optional.empty();
        }
        return status.getConditions().stream()
                .filter(c -> type.equals(c.getType()))
                .findFirst();
    }

    private PodCondition condition(String type, boolean status, @Nullable String reason, @Nullable String message) {
        String word = status ? "True" : "False";
        String since = find(last, type)
                .or(() -> old(type))
                .filter(c -> word.equals(c.getStatus()))
                .map(PodCondition::getLastTransitionTime)
                .orElseGet(() -> String.valueOf(ContainerStatuses.text(now)));
        return new PodConditionBuilder()
                .withType(type)
                .withStatus(word)
                .withReason(reason)
                .withMessage(message)
                .withObservedGeneration(pod.getMetadata().getGeneration())
                .withLastTransitionTime(since)
                .build();
    }
}
