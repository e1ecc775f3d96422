package io.kybern.replication.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetSpec;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.kybern.controller.model.Selectors;
import java.util.List;

/** {@code apps/v1 ReplicaSet}. */
public final class ReplicaSetKind implements ReplicaKind<ReplicaSet> {

    @Override
    public String kind() {
        return "ReplicaSet";
    }

    @Override
    public String apiVersion() {
        return "apps/v1";
    }

    @Override
    public ReplicaSpec spec(ReplicaSet object) {
        ReplicaSetSpec spec = object.getSpec();
        return new ReplicaSpec(
                requireNonNullElse(spec.getReplicas(), 1),
                requireNonNullElse(spec.getMinReadySeconds(), 0),
                Selectors.of(spec.getSelector()),
                spec.getTemplate());
    }

    @Override
    public ReplicaStatus status(ReplicaSet object) {
        ReplicaSetStatus status = requireNonNullElse(object.getStatus(), new ReplicaSetStatus());
        return new ReplicaStatus(
                requireNonNullElse(status.getReplicas(), 0),
                requireNonNullElse(status.getFullyLabeledReplicas(), 0),
                requireNonNullElse(status.getReadyReplicas(), 0),
                requireNonNullElse(status.getAvailableReplicas(), 0),
                requireNonNullElse(status.getTerminatingReplicas(), 0),
                requireNonNullElse(status.getObservedGeneration(), 0L),
                requireNonNullElse(status.getConditions(), List.<ReplicaSetCondition>of()).stream()
                        .map(condition -> ReplicaCondition.of(
                                condition.getType(),
                                condition.getStatus(),
                                condition.getReason(),
                                condition.getMessage(),
                                condition.getLastTransitionTime()))
                        .toList());
    }

    @Override
    public ReplicaSet withStatus(ReplicaSet object, ReplicaStatus status) {
        return new ReplicaSetBuilder(object)
                .withNewStatus()
                .withReplicas(status.replicas())
                .withFullyLabeledReplicas(status.fullyLabeled())
                .withReadyReplicas(status.ready())
                .withAvailableReplicas(status.available())
                .withTerminatingReplicas(status.terminating())
                .withObservedGeneration(status.observedGeneration())
                .withConditions(status.conditions().stream()
                        .map(condition -> new ReplicaSetConditionBuilder()
                                .withType(condition.type())
                                .withStatus(condition.status())
                                .withReason(condition.reason())
                                .withMessage(condition.message())
                                .withLastTransitionTime(condition.lastTransitionTime())
                                .build())
                        .toList())
                .endStatus()
                .build();
    }
}
