package io.kybern.scheduler.core;

import io.kybern.scheduler.core.model.PodInfo;

/** Removes pods that make room for others. Called on the scheduler thread; never blocks. */
@FunctionalInterface
public interface Evictions {

    /** Has the victim leave the node for that pod; tells the victim why. */
    void evict(PodInfo victim, PodInfo pod, String node);
}
