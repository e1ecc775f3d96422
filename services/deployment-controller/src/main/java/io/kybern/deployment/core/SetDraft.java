package io.kybern.deployment.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** A ReplicaSet while a plan is made: as it was observed, and as it should become. */
final class SetDraft {

    private final ReplicaSet observed;
    private final boolean exists;
    private int replicas;
    private int minReadySeconds;
    private Map<String, String> annotations;

    private SetDraft(ReplicaSet observed, boolean exists) {
        this.observed = observed;
        this.exists = exists;
        this.replicas = requireNonNullElse(observed.getSpec().getReplicas(), 1);
        this.minReadySeconds = requireNonNullElse(observed.getSpec().getMinReadySeconds(), 0);
        this.annotations = new LinkedHashMap<>(Owners.annotations(observed));
    }

    static SetDraft ofExisting(ReplicaSet observed) {
        return new SetDraft(observed, true);
    }

    static SetDraft ofNew(ReplicaSet wanted) {
        return new SetDraft(wanted, false);
    }

    ReplicaSet observed() {
        return observed;
    }

    boolean exists() {
        return exists;
    }

    String name() {
        return observed.getMetadata().getName();
    }

    int replicas() {
        return replicas;
    }

    int observedReplicas() {
        return exists ? requireNonNullElse(observed.getSpec().getReplicas(), 1) : 0;
    }

    Map<String, String> annotations() {
        return annotations;
    }

    Instant created() {
        return PodStates.instant(observed.getMetadata().getCreationTimestamp());
    }

    private ReplicaSetStatus status() {
        return requireNonNullElse(observed.getStatus(), new ReplicaSetStatus());
    }

    /**
     * How many of its pods are certainly available and stay so. A status that answers an older spec tells nothing: the pods that it
     * counts may have been deleted in between, when a ReplicaSet went to zero and is wanted again. A status may also be older than
     * the deletions that its own spec caused; then the ReplicaSet keeps no more than it is asked for, unavailable pods being
     * deleted first.
     */
    int available() {
        return isObserved() ? Math.min(replicas, reportedAvailable()) : 0;
    }

    /** How many of its pods are certainly not available, so that nothing is lost with them. */
    int unavailable() {
        return isObserved() ? replicas - available() : 0;
    }

    int reportedAvailable() {
        return requireNonNullElse(status().getAvailableReplicas(), 0);
    }

    int reportedReady() {
        return requireNonNullElse(status().getReadyReplicas(), 0);
    }

    int reportedReplicas() {
        return requireNonNullElse(status().getReplicas(), 0);
    }

    int reportedTerminating() {
        return requireNonNullElse(status().getTerminatingReplicas(), 0);
    }

    /** Whether its controller has seen its newest spec. */
    boolean isObserved() {
        return requireNonNullElse(observed.getMetadata().getGeneration(), 0L)
                <= requireNonNullElse(status().getObservedGeneration(), 0L);
    }

    void minReadySeconds(int seconds) {
        minReadySeconds = seconds;
    }

    void annotations(Map<String, String> wanted) {
        annotations = new LinkedHashMap<>(wanted);
    }

    /** Asks for so many pods, and notes for what size of the Deployment that was decided. */
    void scale(int count, RolloutBounds bounds) {
        replicas = Math.max(0, count);
        annotations.put(Annotations.DESIRED_REPLICAS, Integer.toString(bounds.replicas()));
        annotations.put(Annotations.MAX_REPLICAS, Integer.toString(bounds.maxTotal()));
    }

    /** Whether the plan differs from what was observed. */
    boolean changed() {
        return !exists
                || replicas != observedReplicas()
                || minReadySeconds != requireNonNullElse(observed.getSpec().getMinReadySeconds(), 0)
                || !annotations.equals(Owners.annotations(observed));
    }

    /** The ReplicaSet as it should become. */
    ReplicaSet wanted() {
        return new ReplicaSetBuilder(observed)
                .editMetadata()
                .withAnnotations(annotations)
                .endMetadata()
                .editSpec()
                .withReplicas(replicas)
                .withMinReadySeconds(minReadySeconds == 0 ? null : minReadySeconds)
                .endSpec()
                .build();
    }
}
