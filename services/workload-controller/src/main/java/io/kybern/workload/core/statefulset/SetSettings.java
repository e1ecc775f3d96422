package io.kybern.workload.core.statefulset;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSetUpdateStrategy;
import io.kybern.workload.core.Amounts;

/**
 * What a StatefulSet asks for, with the defaults of the API.
 *
 * @param start the first ordinal
 * @param parallel whether its pods come and go without waiting for each other
 * @param onDelete whether pods are updated only when somebody deletes them
 * @param partition ordinals below it keep the old template
 * @param maxUnavailable how many pods an update may take away at once
 * @param deleteClaimsWithSet whether the claims end with the set
 * @param deleteClaimsWithPods whether the claims of a pod that is scaled away end with it
 */
record SetSettings(
        int replicas,
        int start,
        boolean parallel,
        boolean onDelete,
        int partition,
        int maxUnavailable,
        int minReadySeconds,
        int historyLimit,
        boolean deleteClaimsWithSet,
        boolean deleteClaimsWithPods) {

    static SetSettings of(StatefulSet set) {
        StatefulSetSpec spec = set.getSpec();
        int replicas = requireNonNullElse(spec.getReplicas(), 1);
        StatefulSetUpdateStrategy strategy =
                requireNonNullElse(spec.getUpdateStrategy(), new StatefulSetUpdateStrategy());
        var rolling = strategy.getRollingUpdate();
        var retention = spec.getPersistentVolumeClaimRetentionPolicy();
        return new SetSettings(
                replicas,
                spec.getOrdinals() == null
                        ? 0
                        : requireNonNullElse(spec.getOrdinals().getStart(), 0),
                "Parallel".equals(spec.getPodManagementPolicy()),
                "OnDelete".equals(strategy.getType()),
                rolling == null ? 0 : requireNonNullElse(rolling.getPartition(), 0),
                Math.max(1, rolling == null ? 1 : Amounts.resolve(rolling.getMaxUnavailable(), 1, replicas)),
                requireNonNullElse(spec.getMinReadySeconds(), 0),
                requireNonNullElse(spec.getRevisionHistoryLimit(), 10),
                retention != null && "Delete".equals(retention.getWhenDeleted()),
                retention != null && "Delete".equals(retention.getWhenScaled()));
    }

    /** Whether the set has a pod of that ordinal. */
    boolean has(int ordinal) {
        return ordinal >= start && ordinal < start + replicas;
    }
}
