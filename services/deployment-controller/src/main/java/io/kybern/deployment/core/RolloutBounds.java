package io.kybern.deployment.core;

import static java.util.Objects.requireNonNullElse;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategy;
import org.jspecify.annotations.Nullable;

/**
 * Between which numbers of pods a rollout may move. See "Deployment: Rolling Update Deployment" of the Kubernetes documentation.
 *
 * @param replicas how many pods are asked for
 * @param maxSurge how many more there may be
 * @param maxUnavailable how many fewer may be available
 * @param recreate whether all old pods have to end before the first new one begins
 */
record RolloutBounds(int replicas, int maxSurge, int maxUnavailable, boolean recreate) {

    private static final IntOrString DEFAULT = new IntOrString("25%");

    static RolloutBounds of(Deployment deployment) {
        int replicas = requireNonNullElse(deployment.getSpec().getReplicas(), 1);
        DeploymentStrategy strategy = requireNonNullElse(deployment.getSpec().getStrategy(), new DeploymentStrategy());
        if ("Recreate".equals(strategy.getType())) {
            return new RolloutBounds(replicas, 0, 0, true);
        }
        var rolling = strategy.getRollingUpdate();
        int surge = resolve(rolling == null ? null : rolling.getMaxSurge(), replicas, true);
        int unavailable = resolve(rolling == null ? null : rolling.getMaxUnavailable(), replicas, false);
        if (surge == 0 && unavailable == 0) {
            // percentages can round to a rollout that cannot move at all
            unavailable = 1;
        }
        return new RolloutBounds(replicas, surge, Math.min(unavailable, replicas), false);
    }

    /** The most pods that there may be. */
    int maxTotal() {
        return replicas + maxSurge;
    }

    /** The fewest pods that have to be available. */
    int minAvailable() {
        return replicas - maxUnavailable;
    }

    private static int resolve(@Nullable IntOrString value, int replicas, boolean roundUp) {
        IntOrString effective = requireNonNullElse(value, DEFAULT);
        if (effective.getIntVal() != null) {
            return effective.getIntVal();
        }
        String text = requireNonNullElse(effective.getStrVal(), "0");
        int percent = Integer.parseInt(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
        long hundredths = (long) percent * replicas;
        return (int) (roundUp ? Math.ceilDiv(hundredths, 100L) : Math.floorDiv(hundredths, 100L));
    }
}
