package io.kybern.workload.core.daemonset;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetSpec;
import io.kybern.workload.core.Amounts;

/**
 * What a DaemonSet asks for, with the defaults of the API.
 *
 * @param onDelete whether pods are updated only when somebody deletes them
 * @param maxUnavailable on how many nodes an update may leave no available pod
 * @param maxSurge on how many nodes an update may run a new pod beside the old one
 */
record DaemonSettings(boolean onDelete, int maxUnavailable, int maxSurge, int minReadySeconds, int historyLimit) {

    /** @param desired on how many nodes the set is to run */
    static DaemonSettings of(DaemonSet set, int desired) {
        DaemonSetSpec spec = set.getSpec();
        var strategy = spec.getUpdateStrategy();
        var rolling = strategy == null ? null : strategy.getRollingUpdate();
        int surge = rolling == null ? 0 : Amounts.resolve(rolling.getMaxSurge(), 0, desired);
        int unavailable = rolling == null ? 1 : Amounts.resolve(rolling.getMaxUnavailable(), 1, desired);
        return new DaemonSettings(
                strategy != null && "OnDelete".equals(strategy.getType()),
                // an update that may do neither could never begin
                surge == 0 && unavailable == 0 ? 1 : unavailable,
                surge,
                requireNonNullElse(spec.getMinReadySeconds(), 0),
                requireNonNullElse(spec.getRevisionHistoryLimit(), 10));
    }

    boolean surges() {
        return maxSurge > 0 && !onDelete;
    }
}
