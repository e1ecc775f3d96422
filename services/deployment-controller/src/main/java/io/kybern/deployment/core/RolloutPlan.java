package io.kybern.deployment.core;

import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What comes next for a Deployment.
 *
 * @param actions in this order; none depends on the answer of another
 * @param status to report once they succeeded
 * @param checkAgain when time alone can change the status; null if it cannot
 */
record RolloutPlan(
        List<RolloutAction> actions,
        DeploymentStatus status,
        @Nullable Duration checkAgain) {

    RolloutPlan {
        actions = List.copyOf(actions);
    }
}
