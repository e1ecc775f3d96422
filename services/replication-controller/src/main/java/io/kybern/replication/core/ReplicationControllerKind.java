package io.kybern.replication.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ReplicationControllerBuilder;
import io.fabric8.kubernetes.api.model.ReplicationControllerCondition;
import io.fabric8.kubernetes.api.model.ReplicationControllerConditionBuilder;
import io.fabric8.kubernetes.api.model.ReplicationControllerSpec;
import io.fabric8.kubernetes.api.model.ReplicationControllerStatus;
import io.kybern.controller.model.Selectors;
import java.util.List;

/** {@code v1 ReplicationController}: an older ReplicaSet, whose selector is a plain map. It does not report terminating pods. */
public final class ReplicationControllerKind implements ReplicaKind<ReplicationController> {

    @Override
    public String kind() {
        return "ReplicationController";
    }

    @Override
    public String apiVersion() {
        return "v1";
    }

    @Override
    public ReplicaSpec spec(ReplicationController object) {
        ReplicationControllerSpec spec = object.getSpec();
        return new ReplicaSpec(
                requireNonNullElse(spec.getReplicas(), 1),
                requireNonNullElse(spec.getMinReadySeconds(), 0),
                Selectors.ofMap(spec.getSelector()),
                spec.getTemplate());
    }

    @Override
    public ReplicaStatus status(ReplicationController object) {
        ReplicationControllerStatus status = requireNonNullElse(object.getStatus(), new ReplicationControllerStatus());
        return new ReplicaStatus(
                requireNonNullElse(status.getReplicas(), 0),
                requireNonNullElse(status.getFullyLabeledReplicas(), 0),
                requireNonNullElse(status.getReadyReplicas(), 0),
                requireNonNullElse(status.getAvailableReplicas(), 0),
                0,
                requireNonNullElse(status.getObservedGeneration(), 0L),
                requireNonNullElse(status.getConditions(), List.<ReplicationControllerCondition>of()).stream()
                        .map(condition -> ReplicaCondition.of(
                                condition.getType(),
                                condition.getStatus(),
                                condition.getReason(),
                                condition.getMessage(),
                                condition.getLastTransitionTime()))
                        .toList());
    }

    @Override
    public ReplicationController withStatus(ReplicationController object, ReplicaStatus status) {
        return new ReplicationControllerBuilder(object)
                .withNewStatus()
                .withReplicas(status.replicas())
                .withFullyLabeledReplicas(status.fullyLabeled())
                .withReadyReplicas(status.ready())
                .withAvailableReplicas(status.available())
                .withObservedGeneration(status.observedGeneration())
                .withConditions(status.conditions().stream()
                        .map(condition -> new ReplicationControllerConditionBuilder()
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
