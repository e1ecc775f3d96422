package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.BindPlugin;
import io.kybern.scheduler.core.framework.Profile;

/** The plugins that Kubernetes enables by default, in its order and with its weights. */
public final class DefaultProfile {

    private DefaultProfile() {}

    /**
     * The profile.
     *
     * @param schedulerName the pods it places name this scheduler
     * @param volumes knows which nodes reach the volumes of a pod
     * @param binder how pods are bound
     */
    public static Profile create(String schedulerName, VolumeBinding volumes, BindPlugin binder) {
        return Profile.named(schedulerName)
                .with(new PrioritySort())
                .with(new NodeUnschedulable())
                .with(new NodeName())
                .with(new TaintToleration(), 3)
                .with(new NodeAffinity(), 2)
                .with(new NodePorts())
                .with(new NodeResourcesFit(), 1)
                .with(volumes)
                .with(new PodTopologySpread(), 2)
                .with(new InterPodAffinity(), 2)
                .with(new DefaultPreemption())
                .with(new NodeResourcesBalancedAllocation(), 1)
                .with(new ImageLocality(), 1)
                .with(binder)
                .build();
    }
}
