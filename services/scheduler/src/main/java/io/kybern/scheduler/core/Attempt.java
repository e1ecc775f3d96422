package io.kybern.scheduler.core;

import io.kybern.scheduler.core.framework.SchedulingCycle.Placement;
import io.kybern.scheduler.core.model.PodInfo;
import java.time.Instant;

/**
 * A pod that was found a node.
 *
 * @param start when the attempt began
 * @param number which attempt it was for the pod
 * @param firstSeen since when the pod has waited
 */
record Attempt(PodInfo pod, Placement.Placed placed, Instant start, int number, Instant firstSeen) {

    String node() {
        return placed.node();
    }
}
