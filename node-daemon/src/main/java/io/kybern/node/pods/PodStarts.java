package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Begins what {@link PodStarter} carries out, one job at a time: the starts that are due, and now and then only the volumes' newest
 * contents. Owned by the pod's worker; the jobs run beside it.
 */
final class PodStarts {

    /** How often configuration under running containers is brought up to date, as the kubelet does. */
    private static final Duration VOLUME_REFRESH = Duration.ofSeconds(30);

    private final PodPorts ports;
    private final PodStarter starter;
    private final RestartBackOff backOff;
    private final Runnable wake;
    private @Nullable StartJob job;
    private List<ContainerAction> starting = List.of();

    /** Containers that are started because one ended, and when it did. What could not be started has not failed once more. */
    private Map<Container, Instant> replaced = Map.of();

    private Instant refreshAt;

    /** @param wake run when a job has ended */
    PodStarts(PodPorts ports, PodStarter starter, RestartBackOff backOff, Runnable wake) {
        this.ports = ports;
        this.starter = starter;
        this.backOff = backOff;
        this.wake = wake;
        this.refreshAt = ports.clock().instant().plus(VOLUME_REFRESH);
    }

    /** Forgets a job that has ended; what it did is seen by who looks at the engine after this. */
    void settle() {
        if (job != null && job.ended()) {
            job = null;
            replaced.forEach((container, ended) -> {
                if (!starter.waiting().containsKey(container.getName())) {
                    backOff.failed(RestartBackOff.key(container), ended);
                }
            });
            replaced = Map.of();
        }
    }

    boolean underWay() {
        return job != null;
    }

    /** Whether a job is under way that the engine notices. */
    boolean changesContainers() {
        return job != null && !starting.isEmpty();
    }

    /** Whether that container is being started. */
    boolean starting(String container) {
        return job != null && starting.stream().anyMatch(action -> starts(action, container));
    }

    /** Whether that container is being started, or is to be and may be tried now. */
    boolean begins(List<ContainerAction> wanted, String container) {
        Instant now = ports.clock().instant();
        return starting(container)
                || wanted.stream()
                        .anyMatch(action -> starts(action, container)
                                && !starter.notBefore(action).isAfter(now));
    }

    private static boolean starts(ContainerAction action, String container) {
        return action instanceof ContainerAction.StartContainer start
                && start.container().getName().equals(container);
    }

    void cancel() {
        if (job != null) {
            job.cancel();
        }
    }

    /** Begins what is due of the actions unless a job is under way; answers when more will be due, null if nobody can say yet. */
    @Nullable
    Instant begin(Pod pod, List<ContainerAction> wanted, ObservedPod observed, Instant now) {
        @Nullable Instant next = null;
        List<ContainerAction> due = new ArrayList<>();
        for (ContainerAction action : wanted) {
            Instant from = starter.notBefore(action);
            if (!from.isAfter(now)) {
                due.add(action);
            } else if (next == null || from.isBefore(next)) {
                next = from;
            }
        }
        if (job != null) {
            return next;
        }
        if (due.isEmpty() && now.isBefore(refreshAt)) {
            return next == null || refreshAt.isBefore(next) ? refreshAt : next;
        }
        // pods do not all refresh in the same moment
        refreshAt =
                now.plus(VOLUME_REFRESH).plusMillis(pod.getMetadata().getUid().hashCode() & 0x3fff);
        starting = List.copyOf(due);
        replaced = ended(due, observed);
        StartJob begun = new StartJob(() -> starter.run(pod, due, observed), wake);
        job = begun;
        ports.threads().execute(begun);
        return next;
    }

    private static Map<Container, Instant> ended(List<ContainerAction> due, ObservedPod observed) {
        Map<Container, Instant> out = new HashMap<>();
        for (ContainerAction action : due) {
            if (action instanceof ContainerAction.StartContainer start) {
                observed.latest(start.container().getName())
                        .filter(ObservedContainer::ended)
                        .ifPresent(last -> out.put(start.container(), last.endedAt()));
            }
        }
        return out;
    }
}
