package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.PodInfo;

/** A plugin that refuses pods says here which changes of the cluster may change its mind. */
public interface HintPlugin extends Plugin {

    /** Whether a pod that this plugin refused is worth another try after the event. In doubt, yes. */
    boolean mayHelp(PodInfo pod, ClusterEvent event);
}
