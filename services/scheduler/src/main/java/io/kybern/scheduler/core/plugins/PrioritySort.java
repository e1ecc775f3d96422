package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.QueueSortPlugin;
import io.kybern.scheduler.core.model.PodInfo;
import java.time.Instant;

/** The higher priority first, then who waits longer. */
public final class PrioritySort implements QueueSortPlugin {

    @Override
    public String name() {
        return "PrioritySort";
    }

    @Override
    public int compare(PodInfo first, Instant firstSince, PodInfo second, Instant secondSince) {
        int byPriority = Integer.compare(second.priority(), first.priority());
        return byPriority != 0 ? byPriority : firstSince.compareTo(secondSince);
    }
}
