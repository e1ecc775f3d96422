package io.kybern.node.pods;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pod needs now.
 *
 * @param actions in order
 * @param waits containers that may not start yet, and why
 * @param over the pod has ended: nothing of it will be started again
 * @param wakeAt when to look again even if nothing happens; null if only an event can change the plan
 */
record Plan(
        List<ContainerAction> actions,
        Map<String, RestartBackOff.Wait> waits,
        boolean over,
        @Nullable Instant wakeAt) {

    Plan {
        actions = List.copyOf(actions);
        waits = Map.copyOf(waits);
    }
}
