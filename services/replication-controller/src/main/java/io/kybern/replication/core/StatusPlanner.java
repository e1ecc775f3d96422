package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Counts what an owner reports. */
final class StatusPlanner {

    /** The condition of an owner whose pods cannot be created or deleted. */
    static final String REPLICA_FAILURE = "ReplicaFailure";

    private StatusPlanner() {}

    /**
     * A failure to change the number of pods.
     *
     * @param reason {@code FailedCreate} or {@code FailedDelete}
     */
    record Failure(String reason, String message) {}

    /**
     * What the pods observed.
     *
     * @param active the owner's active pods
     * @param terminating how many pods of the owner are being deleted
     */
    record Observed(Collection<Pod> active, int terminating) {}

    /** The status that the owner should report. */
    static ReplicaStatus status(
            ReplicaSpec spec,
            long generation,
            ReplicaStatus before,
            Observed observed,
            @Nullable Failure failure,
            Instant now) {
        Map<String, String> templateLabels = spec.template() == null
                        || spec.template().getMetadata() == null
                        || spec.template().getMetadata().getLabels() == null
                ? Map.of()
                : spec.template().getMetadata().getLabels();
        int fullyLabeled = 0;
        int ready = 0;
        int available = 0;
        for (Pod pod : observed.active()) {
            fullyLabeled += Owners.labels(pod).entrySet().containsAll(templateLabels.entrySet()) ? 1 : 0;
            ready += PodStates.isReady(pod) ? 1 : 0;
            available += PodStates.isAvailable(pod, spec.minReadySeconds(), now) ? 1 : 0;
        }
        return new ReplicaStatus(
                observed.active().size(),
                fullyLabeled,
                ready,
                available,
                observed.terminating(),
                generation,
                conditions(before.conditions(), failure, now));
    }

    /** How long until the first ready pod becomes available, if any is about to. */
    static Optional<Duration> untilNextAvailable(ReplicaSpec spec, Collection<Pod> pods, Instant now) {
        return pods.stream()
                .flatMap(pod -> PodStates.untilAvailable(pod, spec.minReadySeconds(), now).stream())
                .min(Duration::compareTo);
    }

    private static List<ReplicaCondition> conditions(
            List<ReplicaCondition> before, @Nullable Failure failure, Instant now) {
        List<ReplicaCondition> conditions = new ArrayList<>();
        @Nullable ReplicaCondition known = null;
        for (ReplicaCondition condition : before) {
            if (condition.type().equals(REPLICA_FAILURE)) {
                known = condition;
            } else {
                conditions.add(condition);
            }
        }
        if (failure != null) {
            ReplicaCondition failed = new ReplicaCondition(
                    REPLICA_FAILURE,
                    "True",
                    failure.reason(),
                    failure.message(),
                    now.truncatedTo(ChronoUnit.SECONDS).toString());
            conditions.add(known != null && known.saysTheSame(failed) ? known : failed);
        }
        return conditions;
    }
}
