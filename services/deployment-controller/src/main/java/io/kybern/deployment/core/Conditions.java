package io.kybern.deployment.core;

import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentConditionBuilder;
import io.kybern.controller.model.PodStates;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The conditions of a Deployment while a status is made; their reasons are those that kubectl knows. */
final class Conditions {

    static final String PROGRESSING = "Progressing";
    static final String AVAILABLE = "Available";
    static final String REPLICA_FAILURE = "ReplicaFailure";

    static final String NEW_SET_CREATED = "NewReplicaSetCreated";
    static final String FOUND_NEW_SET = "FoundNewReplicaSet";
    static final String SET_UPDATED = "ReplicaSetUpdated";
    static final String NEW_SET_AVAILABLE = "NewReplicaSetAvailable";
    static final String SET_CREATE_ERROR = "ReplicaSetCreateError";
    static final String DEADLINE_EXCEEDED = "ProgressDeadlineExceeded";
    static final String PAUSED = "DeploymentPaused";
    static final String RESUMED = "DeploymentResumed";

    private final List<DeploymentCondition> conditions;
    private final String now;

    Conditions(List<DeploymentCondition> conditions, Instant now) {
        this.conditions = new ArrayList<>(conditions);
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    List<DeploymentCondition> list() {
        return List.copyOf(conditions);
    }

    Optional<DeploymentCondition> find(String type) {
        return conditions.stream()
                .filter(condition -> type.equals(condition.getType()))
                .findFirst();
    }

    /** Whether the condition of that type has the reason. */
    boolean has(String type, String reason) {
        return find(type)
                .filter(condition -> reason.equals(condition.getReason()))
                .isPresent();
    }

    /** Sets a condition; one that has the same status and reason already stays as it is. */
    void set(String type, String status, String reason, String message) {
        Optional<DeploymentCondition> known = find(type);
        if (known.filter(condition -> status.equals(condition.getStatus()) && reason.equals(condition.getReason()))
                .isEmpty()) {
            renew(type, status, reason, message);
        }
    }

    /** Sets a condition with the time of now, even if it said the same before. */
    void renew(String type, String status, String reason, String message) {
        String since = find(type)
                .filter(condition -> status.equals(condition.getStatus()))
                .map(DeploymentCondition::getLastTransitionTime)
                .orElse(now);
        remove(type);
        conditions.add(new DeploymentConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withLastUpdateTime(now)
                .withLastTransitionTime(since)
                .build());
    }

    /** Takes a condition over from elsewhere, unless one with the same status and reason is there. */
    void take(DeploymentCondition other) {
        Optional<DeploymentCondition> known = find(other.getType());
        if (known.filter(condition -> other.getStatus().equals(condition.getStatus())
                        && other.getReason().equals(condition.getReason()))
                .isEmpty()) {
            remove(other.getType());
            conditions.add(other);
        }
    }

    void remove(String type) {
        conditions.removeIf(condition -> type.equals(condition.getType()));
    }

    static Instant lastUpdate(DeploymentCondition condition) {
        return PodStates.instant(condition.getLastUpdateTime());
    }
}
