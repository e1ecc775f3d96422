package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.PodInfo;
import java.util.Optional;

/** Claims what the pod needs on the chosen node before it is bound, and gives it back if that fails. */
public interface ReservePlugin extends Plugin {

    /** Claims; a rejection makes the pod unschedulable and undoes what was claimed. */
    Optional<Rejection> reserve(CycleState state, PodInfo pod, String node);

    /** Gives back what was claimed. Idempotent; called also for a plugin whose reserve was not reached. */
    void unreserve(CycleState state, PodInfo pod, String node);
}
