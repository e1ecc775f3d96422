package io.kybern.controller.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The state of a pod as controllers see it. See "Pod Lifecycle" of the Kubernetes documentation. */
public final class PodStates {

    private PodStates() {}

    /** The phase; empty if the pod has none yet. */
    public static String phase(Pod pod) {
        PodStatus status = pod.getStatus();
        return status == null ? "" : Objects.requireNonNullElse(status.getPhase(), "");
    }

    /** Whether the pod has ended, well or not. */
    public static boolean hasEnded(Pod pod) {
        String phase = phase(pod);
        return phase.equals("Succeeded") || phase.equals("Failed");
    }

    /** Whether the pod counts as a replica: neither ended nor being deleted. */
    public static boolean isActive(Pod pod) {
        return !hasEnded(pod) && !Owners.isTerminating(pod);
    }

    /** Whether the pod is being deleted and has not ended yet. */
    public static boolean isTerminating(Pod pod) {
        return !hasEnded(pod) && Owners.isTerminating(pod);
    }

    /** The condition of that type. */
    public static Optional<PodCondition> condition(Pod pod, String type) {
        PodStatus status = pod.getStatus();
        List<PodCondition> conditions =
                status == null || status.getConditions() == null ? List.of() : status.getConditions();
        return conditions.stream()
                .filter(condition -> type.equals(condition.getType()))
                .findFirst();
    }

    /** Whether the pod can take requests. */
    public static boolean isReady(Pod pod) {
        return condition(pod, "Ready")
                .map(condition -> "True".equals(condition.getStatus()))
                .orElse(false);
    }

    /** Since when the pod has been ready; empty if it is not, or does not say. */
    public static Optional<Instant> readySince(Pod pod) {
        return condition(pod, "Ready")
                .filter(condition -> "True".equals(condition.getStatus()))
                .map(PodCondition::getLastTransitionTime)
                .map(PodStates::instant);
    }

    /** Whether the pod has been ready for so long. */
    public static boolean isAvailable(Pod pod, int minReadySeconds, Instant now) {
        if (!isReady(pod)) {
            return false;
        }
        return minReadySeconds == 0
                || readySince(pod)
                        .map(since -> !since.plusSeconds(minReadySeconds).isAfter(now))
                        .orElse(false);
    }

    /** How long until a ready pod becomes available if it stays ready; empty if it is available or not ready. */
    public static Optional<Duration> untilAvailable(Pod pod, int minReadySeconds, Instant now) {
        if (!isReady(pod) || isAvailable(pod, minReadySeconds, now)) {
            return Optional.empty();
        }
        return readySince(pod).map(since -> Duration.between(now, since.plusSeconds(minReadySeconds)));
    }

    /** A timestamp of the API; the beginning of time if it is absent. */
    public static Instant instant(@Nullable String timestamp) {
        return timestamp == null || timestamp.isEmpty() ? Instant.EPOCH : Instant.parse(timestamp);
    }
}
