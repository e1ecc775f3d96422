package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Pods as a Job sees them. */
final class JobPods {

    /** Keeps a pod until its end has been counted. */
    static final String FINALIZER = "batch.kubernetes.io/job-tracking";

    static final String INDEX = "batch.kubernetes.io/job-completion-index";
    static final String INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";
    static final String INDEX_IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";

    private JobPods() {}

    static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    /** Whether the pod has not been counted, or will never be. */
    static boolean isTracked(Pod pod) {
        return pod.getMetadata().getFinalizers().contains(FINALIZER);
    }

    static boolean hasSucceeded(Pod pod) {
        return PodStates.phase(pod).equals("Succeeded");
    }

    /** Whether the pod counts as failed: one that is being deleted counts at once, unless only failed pods are replaced. */
    static boolean hasFailed(Pod pod, JobSettings settings) {
        String phase = PodStates.phase(pod);
        if (phase.equals("Failed")) {
            return true;
        }
        return !settings.onlyReplaceFailed() && Owners.isTerminating(pod) && !phase.equals("Succeeded");
    }

    /** The completion index; empty if the pod has none that the Job knows. */
    static OptionalInt index(Pod pod, JobSettings settings) {
        int index = number(pod, INDEX, -1);
        return index >= 0 && index < settings.indexes() ? OptionalInt.of(index) : OptionalInt.empty();
    }

    /** How often the index had failed before this pod, counted against the limit. */
    static int failures(Pod pod) {
        return number(pod, INDEX_FAILURES, 0);
    }

    /** How often the index had failed before this pod without being counted. */
    static int ignoredFailures(Pod pod) {
        return number(pod, INDEX_IGNORED_FAILURES, 0);
    }

    private static int number(Pod pod, String annotation, int otherwise) {
        try {
            String value = Owners.annotations(pod).get(annotation);
            return value == null ? otherwise : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** When the pod ended, as well as can be told. */
    static Instant finishTime(Pod pod) {
        Optional<Instant> containers = containers(pod)
                .flatMap(status -> Stream.ofNullable(status.getState()))
                .flatMap(state -> Stream.ofNullable(state.getTerminated()))
                .flatMap(ended -> Stream.ofNullable(ended.getFinishedAt()))
                .map(Instant::parse)
                .max(Instant::compareTo);
        if (containers.isPresent()) {
            return containers.get();
        }
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            long grace = Objects.requireNonNullElse(pod.getMetadata().getDeletionGracePeriodSeconds(), 0L);
            return Instant.parse(pod.getMetadata().getDeletionTimestamp()).minusSeconds(grace);
        }
        return PodStates.condition(pod, "Ready")
                .map(PodCondition::getLastTransitionTime)
                .map(PodStates::instant)
                .orElseGet(() -> PodStates.instant(pod.getMetadata().getCreationTimestamp()));
    }

    /** How often containers of the pod were started again. */
    static int restarts(Pod pod) {
        return containers(pod)
                .mapToInt(status -> Objects.requireNonNullElse(status.getRestartCount(), 0))
                .sum();
    }

    /** The containers, then the init containers. */
    static Stream<ContainerStatus> containers(Pod pod) {
        return pod.getStatus() == null
                ? Stream.of()
                : Stream.concat(
                        Objects.requireNonNullElse(pod.getStatus().getContainerStatuses(), List.<ContainerStatus>of())
                                .stream(),
                        Objects.requireNonNullElse(
                                pod.getStatus().getInitContainerStatuses(), List.<ContainerStatus>of())
                                .stream());
    }
}
