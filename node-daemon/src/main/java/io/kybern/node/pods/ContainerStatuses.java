package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateTerminatedBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.ContainerUser;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountStatus;
import io.fabric8.kubernetes.api.model.VolumeMountStatusBuilder;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Words what the engine shows of a pod's containers as container statuses. Pure. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states">container states</a>.
 */
final class ContainerStatuses {

    private final Pod pod;
    private final ObservedPod observed;
    private final Function<ObservedContainer, ContainerVerdict> verdicts;
    private final Function<ObservedContainer, String> terminationMessages;
    private final PodRecord record;
    private final int round;

    ContainerStatuses(
            Pod pod,
            ObservedPod observed,
            Function<ObservedContainer, ContainerVerdict> verdicts,
            Function<ObservedContainer, String> terminationMessages,
            PodRecord record) {
        this.pod = pod;
        this.observed = observed;
        this.verdicts = verdicts;
        this.terminationMessages = terminationMessages;
        this.record = record;
        this.round = RestartRounds.now(pod, observed);
    }

    List<ContainerStatus> apps() {
        List<ContainerStatus> out = new ArrayList<>();
        List<ContainerStatus> known =
                pod.getStatus() == null ? null : pod.getStatus().getContainerStatuses();
        for (Container c : pod.getSpec().getContainers()) {
            out.add(status(c, ContainerKind.APP, known));
        }
        return out;
    }

    List<ContainerStatus> inits() {
        List<ContainerStatus> out = new ArrayList<>();
        List<ContainerStatus> known =
                pod.getStatus() == null ? null : pod.getStatus().getInitContainerStatuses();
        for (Container c : Specs.initContainers(pod)) {
            out.add(status(c, Specs.isSidecar(c) ? ContainerKind.SIDECAR : ContainerKind.INIT, known));
        }
        return out;
    }

    List<ContainerStatus> ephemerals() {
        List<ContainerStatus> out = new ArrayList<>();
        List<ContainerStatus> known =
                pod.getStatus() == null ? null : pod.getStatus().getEphemeralContainerStatuses();
        for (Container c : Specs.ephemeralContainers(pod)) {
            out.add(status(c, ContainerKind.EPHEMERAL, known));
        }
        return out;
    }

    private ContainerStatus status(Container container, ContainerKind kind, @Nullable List<ContainerStatus> known) {
        Optional<ObservedContainer> latest = observed.latest(container.getName());
        if (latest.isEmpty()) {
            return unseen(container, kind, known);
        }
        ObservedContainer c = latest.get();
        if (kind != ContainerKind.EPHEMERAL && c.ended() && c.round() < round && !record.over()) {
            return ofEarlierRound(container, kind, c);
        }
        ContainerStatusBuilder status = base(container)
                .withImage(c.image().orElse(container.getImage()))
                .withContainerID("docker://" + c.id())
                .withImageID(c.imageId())
                .withRestartCount(c.attempt())
                .withUser(user(c, known));
        resources(status, container, known);
        PodRecord.Waiting waiting = record.waiting().get(container.getName());
        ContainerStateTerminated before = observed.previous(container.getName())
                .filter(ObservedContainer::ended)
                .map(this::terminated)
                .orElse(null);
        if (c.running()) {
            ContainerVerdict verdict = verdicts.apply(c);
            status.withState(new ContainerStateBuilder()
                            .withNewRunning()
                            .withStartedAt(text(c.details().startedAt()))
                            .endRunning()
                            .build())
                    .withStarted(verdict.started())
                    .withReady(kind == ContainerKind.INIT ? Boolean.FALSE : verdict.ready());
        } else if (c.ended() && waiting != null && startsAgain(container, kind, c)) {
            status.withState(waiting(waiting)).withStarted(false).withReady(false);
            before = terminated(c);
        } else if (c.ended()) {
            status.withState(new ContainerStateBuilder()
                            .withTerminated(terminated(c))
                            .build())
                    .withStarted(false)
                    .withReady(kind == ContainerKind.INIT && c.succeeded());
        } else {
            status.withState(waiting(waiting == null ? creating(kind) : waiting))
                    .withStarted(false)
                    .withReady(false);
        }
        if (before != null) {
            status.withLastState(
                    new ContainerStateBuilder().withTerminated(before).build());
        }
        return status.build();
    }

    /** Whether one that has ended waits for its next start. */
    private boolean startsAgain(Container container, ContainerKind kind, ObservedContainer last) {
        return !record.over()
                && !Specs.deletionAsked(pod)
                && kind != ContainerKind.EPHEMERAL
                && !(kind == ContainerKind.INIT && last.succeeded())
                && RestartRules.restarts(pod, container, last.exitCode());
    }

    /** As whom it runs or ran: as seen now, or as told before. */
    private @Nullable ContainerUser user(ObservedContainer c, @Nullable List<ContainerStatus> known) {
        ContainerUser seen = record.users().get(c.id());
        if (seen != null || known == null) {
            return seen;
        }
        return known.stream()
                .filter(s -> ("docker://" + c.id()).equals(s.getContainerID()))
                .findFirst()
                .map(ContainerStatus::getUser)
                .orElse(null);
    }

    /** A container that is about to begin anew with all others: it waits as it did first, and its last end is known. */
    private ContainerStatus ofEarlierRound(Container container, ContainerKind kind, ObservedContainer last) {
        PodRecord.Waiting waiting = record.waiting().get(container.getName());
        return base(container)
                .withImage(last.image().orElse(container.getImage()))
                .withImageID("")
                .withRestartCount(last.attempt())
                .withStarted(false)
                .withReady(false)
                .withState(waiting(waiting == null ? creating(kind) : waiting))
                .withLastState(new ContainerStateBuilder()
                        .withTerminated(terminated(last))
                        .build())
                .build();
    }

    /** A container that the engine does not know: not created yet, or removed together with a pod that is over. */
    private ContainerStatus unseen(Container container, ContainerKind kind, @Nullable List<ContainerStatus> known) {
        Optional<ContainerStatus> old = known == null
                ? Optional.empty()
                : known.stream()
                        .filter(s -> container.getName().equals(s.getName()))
                        .findFirst();
        if (record.over() && old.isPresent() && old.get().getState() != null) {
            ContainerState state = old.get().getState();
            if (state.getTerminated() != null) {
                return old.get();
            }
            if (state.getRunning() != null) {
                return LostContainers.lost(old.get());
            }
        }
        if (kind == ContainerKind.INIT
                && old.isPresent()
                && LostContainers.completed(old.get())
                && !observed.containers().isEmpty()) {
            // its turn is over, and nobody needs its remains
            return old.get();
        }
        PodRecord.Waiting waiting = record.waiting().get(container.getName());
        return base(container)
                .withImageID("")
                .withRestartCount(old.map(ContainerStatus::getRestartCount).orElse(0))
                .withStarted(false)
                .withReady(false)
                .withState(waiting(waiting == null ? creating(kind) : waiting))
                .build();
    }

    private PodRecord.Waiting creating(ContainerKind kind) {
        boolean hasInit = !Specs.initContainers(pod).isEmpty();
        return new PodRecord.Waiting(hasInit ? "PodInitializing" : "ContainerCreating", "");
    }

    private static ContainerStatusBuilder base(Container container) {
        return new ContainerStatusBuilder()
                .withName(container.getName())
                .withImage(container.getImage())
                .withVolumeMounts(volumeMounts(container));
    }

    private static List<VolumeMountStatus> volumeMounts(Container container) {
        List<VolumeMount> mounts = container.getVolumeMounts();
        return mounts == null
                ? List.of()
                : mounts.stream()
                        .map(m -> {
                            boolean readOnly = Boolean.TRUE.equals(m.getReadOnly());
                            return new VolumeMountStatusBuilder()
                                    .withName(m.getName())
                                    .withMountPath(m.getMountPath())
                                    .withReadOnly(readOnly ? true : null)
                                    .withRecursiveReadOnly(readOnly ? "Disabled" : null)
                                    .build();
                        })
                        .toList();
    }

    /** What was granted; what the container had before, as long as it does not have that. */
    private void resources(ContainerStatusBuilder status, Container container, @Nullable List<ContainerStatus> known) {
        ResourceRequirements granted =
                Objects.requireNonNullElseGet(container.getResources(), ResourceRequirements::new);
        status.withResources(granted);
        if (granted.getRequests() != null && !granted.getRequests().isEmpty()) {
            status.withAllocatedResources(granted.getRequests());
        }
        if (record.resize().unsettled().contains(container.getName()) && known != null) {
            known.stream()
                    .filter(s -> container.getName().equals(s.getName()) && s.getResources() != null)
                    .findFirst()
                    .ifPresent(s -> status.withResources(s.getResources()));
        }
    }

    private static ContainerState waiting(PodRecord.Waiting waiting) {
        return new ContainerStateBuilder()
                .withNewWaiting()
                .withReason(waiting.reason())
                .withMessage(waiting.message().isEmpty() ? null : waiting.message())
                .endWaiting()
                .build();
    }

    private ContainerStateTerminated terminated(ObservedContainer c) {
        String message = terminationMessages.apply(c);
        String reason;
        if (c.failedToStart()) {
            reason = "StartError";
            message = message.isEmpty() ? c.details().error() : message;
        } else if (c.details().oomKilled() && c.exitCode() != 0) {
            // one that ended well was only told that another of its pod was killed
            reason = "OOMKilled";
        } else {
            reason = c.exitCode() == 0 ? "Completed" : "Error";
        }
        Instant started = c.details().startedAt();
        return new ContainerStateTerminatedBuilder()
                .withContainerID("docker://" + c.id())
                .withExitCode(c.exitCode())
                .withReason(reason)
                .withMessage(message.isEmpty() ? null : message)
                .withStartedAt(text(started == null ? c.details().createdAt() : started))
                .withFinishedAt(text(c.endedAt()))
                .build();
    }

    /** A moment as the API writes it: whole seconds. */
    static @Nullable String text(@Nullable Instant moment) {
        return moment == null
                ? null
                : DateTimeFormatter.ISO_INSTANT.format(
                        moment.truncatedTo(ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC));
    }
}
