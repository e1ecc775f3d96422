package io.kybern.scheduler.core;

import io.kybern.scheduler.core.model.PodInfo;
import org.jspecify.annotations.Nullable;

/** Tells the cluster what became of a pod: events and the pod's condition. Called on the scheduler thread; never blocks. */
public interface SchedulingReporter {

    /** The API server has bound the pod to the node. */
    void scheduled(PodInfo pod, String node);

    /**
     * No node can take the pod.
     *
     * @param message how many nodes refuse for which reason
     * @param nominatedNode the node promised to the pod from now on; empty if none is any more, null if nothing changed
     */
    void unschedulable(PodInfo pod, String message, @Nullable String nominatedNode);

    /** What was promised to the pod is so no longer. */
    void promiseTakenBack(PodInfo pod);

    /** The attempt failed for a reason other than the cluster's state. */
    void failed(PodInfo pod, String message);
}
