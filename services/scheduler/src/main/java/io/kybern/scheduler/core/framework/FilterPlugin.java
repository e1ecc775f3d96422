package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import java.util.Optional;

/** Says whether one node can take the pod. */
public interface FilterPlugin extends Plugin {

    /** Empty if the node can take the pod; the strongest reason otherwise. */
    Optional<Rejection> filter(CycleState state, PodInfo pod, NodeInfo node);
}
