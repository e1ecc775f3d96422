package io.kybern.deployment.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Deployment reports: the sums over its ReplicaSets, whether enough pods are available, and whether the rollout gets on.
 *
 * <p>See "Deployment status" of the Kubernetes documentation; {@code kubectl rollout status} reads these fields and reasons.
 */
final class StatusPlanner {

    private final Deployment deployment;
    private final RolloutBounds bounds;
    private final DeploymentStatus before;
    private final Conditions conditions;
    private final Instant now;

    StatusPlanner(Deployment deployment, RolloutBounds bounds, Instant now) {
        this.deployment = deployment;
        this.bounds = bounds;
        this.before = requireNonNullElse(deployment.getStatus(), new DeploymentStatus());
        this.conditions =
                new Conditions(requireNonNullElse(before.getConditions(), List.<DeploymentCondition>of()), now);
        this.now = now;
    }

    /** Time spent paused is no lack of progress. */
    void notePause() {
        if (deadline().isEmpty() || conditions.has(Conditions.PROGRESSING, Conditions.DEADLINE_EXCEEDED)) {
            return;
        }
        boolean paused = Boolean.TRUE.equals(deployment.getSpec().getPaused());
        boolean noted = conditions.has(Conditions.PROGRESSING, Conditions.PAUSED);
        if (paused && !noted) {
            conditions.set(Conditions.PROGRESSING, "Unknown", Conditions.PAUSED, "Deployment is paused");
        } else if (!paused && noted) {
            conditions.set(Conditions.PROGRESSING, "Unknown", Conditions.RESUMED, "Deployment is resumed");
        }
    }

    void noteFound(String set) {
        if (deadline().isPresent() && conditions.find(Conditions.PROGRESSING).isEmpty()) {
            conditions.set(
                    Conditions.PROGRESSING, "True", Conditions.FOUND_NEW_SET, "Found new replica set \"" + set + "\"");
        }
    }

    void noteCreated(String set) {
        if (deadline().isPresent()) {
            conditions.set(
                    Conditions.PROGRESSING,
                    "True",
                    Conditions.NEW_SET_CREATED,
                    "Created new replica set \"" + set + "\"");
        }
    }

    /** The status when the ReplicaSet of a new template could not be created. */
    static DeploymentStatus afterCreateFailure(Deployment deployment, String set, String why, Instant now) {
        StatusPlanner planner = new StatusPlanner(deployment, RolloutBounds.of(deployment), now);
        if (planner.deadline().isPresent()) {
            planner.conditions.set(
                    Conditions.PROGRESSING,
                    "False",
                    Conditions.SET_CREATE_ERROR,
                    "Failed to create new replica set \"" + set + "\": " + why);
        }
        return new DeploymentStatusBuilder(planner.before)
                .withConditions(planner.conditions.list())
                .build();
    }

    /** The status when the name of the new ReplicaSet turned out to be another template's. */
    static DeploymentStatus afterCollision(Deployment deployment) {
        DeploymentStatus before = requireNonNullElse(deployment.getStatus(), new DeploymentStatus());
        return new DeploymentStatusBuilder(before)
                .withCollisionCount(requireNonNullElse(before.getCollisionCount(), 0) + 1)
                .build();
    }

    /**
     * The status.
     *
     * @param rollout whether progress is to be judged; not while the Deployment is paused, resized or being deleted
     */
    DeploymentStatus status(@Nullable SetDraft current, List<SetDraft> old, boolean rollout) {
        List<SetDraft> all = new ArrayList<>(old);
        if (current != null) {
            all.add(current);
        }
        int available = all.stream().mapToInt(SetDraft::reportedAvailable).sum();
        int asked = all.stream().mapToInt(SetDraft::replicas).sum();
        if (available >= bounds.minAvailable()) {
            conditions.set(
                    Conditions.AVAILABLE, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
        } else {
            conditions.set(
                    Conditions.AVAILABLE,
                    "False",
                    "MinimumReplicasUnavailable",
                    "Deployment does not have minimum availability.");
        }
        DeploymentStatus status = new DeploymentStatusBuilder()
                .withObservedGeneration(deployment.getMetadata().getGeneration())
                .withReplicas(nonZero(
                        all.stream().mapToInt(SetDraft::reportedReplicas).sum()))
                .withUpdatedReplicas(nonZero(current == null ? 0 : current.reportedReplicas()))
                .withReadyReplicas(
                        nonZero(all.stream().mapToInt(SetDraft::reportedReady).sum()))
                .withAvailableReplicas(nonZero(available))
                .withUnavailableReplicas(nonZero(Math.max(0, asked - available)))
                .withTerminatingReplicas(nonZero(
                        all.stream().mapToInt(SetDraft::reportedTerminating).sum()))
                .withCollisionCount(before.getCollisionCount())
                .build();
        if (rollout) {
            judgeProgress(status, current);
            takeFailure(current, old);
        }
        status.setConditions(conditions.list());
        return status;
    }

    private void judgeProgress(DeploymentStatus status, @Nullable SetDraft current) {
        if (deadline().isEmpty()) {
            conditions.remove(Conditions.PROGRESSING);
            return;
        }
        boolean settled = number(status.getReplicas()) == number(status.getUpdatedReplicas())
                && conditions.has(Conditions.PROGRESSING, Conditions.NEW_SET_AVAILABLE);
        if (settled) {
            return;
        }
        String subject = current == null
                ? "Deployment \"" + deployment.getMetadata().getName() + "\""
                : "ReplicaSet \"" + current.name() + "\"";
        if (isComplete(deployment, bounds, status)) {
            conditions.set(
                    Conditions.PROGRESSING,
                    "True",
                    Conditions.NEW_SET_AVAILABLE,
                    subject + " has successfully progressed.");
        } else if (hasProgressed(status)) {
            conditions.renew(Conditions.PROGRESSING, "True", Conditions.SET_UPDATED, subject + " is progressing.");
        } else if (hasTimedOut()) {
            conditions.set(
                    Conditions.PROGRESSING,
                    "False",
                    Conditions.DEADLINE_EXCEEDED,
                    subject + " has timed out progressing.");
        }
    }

    /** Whether all pods are of the current template, and available. */
    static boolean isComplete(Deployment deployment, RolloutBounds bounds, DeploymentStatus status) {
        return number(status.getUpdatedReplicas()) == bounds.replicas()
                && number(status.getReplicas()) == bounds.replicas()
                && number(status.getAvailableReplicas()) == bounds.replicas()
                && requireNonNullElse(status.getObservedGeneration(), 0L)
                        >= requireNonNullElse(deployment.getMetadata().getGeneration(), 0L);
    }

    private boolean hasProgressed(DeploymentStatus status) {
        int oldBefore = number(before.getReplicas()) - number(before.getUpdatedReplicas());
        int oldNow = number(status.getReplicas()) - number(status.getUpdatedReplicas());
        return number(status.getUpdatedReplicas()) > number(before.getUpdatedReplicas())
                || oldNow < oldBefore
                || number(status.getReadyReplicas()) > number(before.getReadyReplicas())
                || number(status.getAvailableReplicas()) > number(before.getAvailableReplicas());
    }

    private boolean hasTimedOut() {
        Optional<DeploymentCondition> progressing = conditions.find(Conditions.PROGRESSING);
        if (progressing.isEmpty() || conditions.has(Conditions.PROGRESSING, Conditions.NEW_SET_AVAILABLE)) {
            return false;
        }
        return conditions.has(Conditions.PROGRESSING, Conditions.DEADLINE_EXCEEDED)
                || Conditions.lastUpdate(progressing.get())
                        .plus(deadline().orElseThrow())
                        .isBefore(now);
    }

    /** When to look whether the deadline has passed; null if there is nothing to look for. */
    @Nullable
    Duration checkAgain(DeploymentStatus status) {
        Optional<DeploymentCondition> progressing = conditions.find(Conditions.PROGRESSING);
        if (deadline().isEmpty()
                || progressing.isEmpty()
                || Boolean.TRUE.equals(deployment.getSpec().getPaused())
                || conditions.has(Conditions.PROGRESSING, Conditions.DEADLINE_EXCEEDED)
                || isComplete(deployment, bounds, status)) {
            return null;
        }
        Instant at = Conditions.lastUpdate(progressing.get())
                .plus(deadline().orElseThrow())
                .plusSeconds(1);
        Duration after = Duration.between(now, at);
        return after.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : after;
    }

    private void takeFailure(@Nullable SetDraft current, List<SetDraft> old) {
        List<SetDraft> newestFirst = new ArrayList<>();
        if (current != null) {
            newestFirst.add(current);
        }
        newestFirst.addAll(old);
        Optional<DeploymentCondition> failure = newestFirst.stream()
                .map(draft -> requireNonNullElse(draft.observed().getStatus(), new ReplicaSetStatus()))
                .flatMap(status -> requireNonNullElse(status.getConditions(), List.<ReplicaSetCondition>of()).stream())
                .filter(condition -> Conditions.REPLICA_FAILURE.equals(condition.getType()))
                .findFirst()
                .map(condition -> new DeploymentConditionBuilder()
                        .withType(condition.getType())
                        .withStatus(condition.getStatus())
                        .withReason(requireNonNullElse(condition.getReason(), ""))
                        .withMessage(condition.getMessage())
                        .withLastTransitionTime(condition.getLastTransitionTime())
                        .withLastUpdateTime(condition.getLastTransitionTime())
                        .build());
        failure.ifPresentOrElse(conditions::take, () -> conditions.remove(Conditions.REPLICA_FAILURE));
    }

    private Optional<Duration> deadline() {
        Integer seconds = deployment.getSpec().getProgressDeadlineSeconds();
        // the largest number stands for no deadline
        return seconds == null || seconds == Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(seconds));
    }

    static int number(@Nullable Integer value) {
        return requireNonNullElse(value, 0);
    }

    private static @Nullable Integer nonZero(int value) {
        return value == 0 ? null : value;
    }
}
