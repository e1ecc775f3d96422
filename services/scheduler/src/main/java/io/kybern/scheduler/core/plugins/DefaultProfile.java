package io.kybern.scheduler.core.plugins;

import io.kybern.scheduler.core.framework.BindPlugin;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.volumes.Storage;

/** The plugins that Kubernetes enables by default, in its order and with its weights. */
public final class DefaultProfile {

    private DefaultProfile() {}

    /**
     * The profile.
     *
     * @param schedulerName the pods it places name this scheduler
     * @param storage the claims and volumes
     * @param binder how pods are bound
     */
    public static Profile create(String schedulerName, Storage storage, BindPlugin binder) {
        return Profile.named(schedulerName)
                .with(new PrioritySort())
                .with(new NodeUnschedulable())
                .with(new NodeName())
                .with(new TaintToleration(), 3)
                .with(new NodeAffinity(), 2)
                .with(new NodePorts())
                .with(new NodeResourcesFit(), 1)
                .with(new VolumeRestrictions(storage))
                .with(new VolumeBinding(storage))
                .with(new PodTopologySpread(), 2)
                .with(new InterPodAffinity(), 2)
                .with(new DefaultPreemption())
                .with(new NodeResourcesBalancedAllocation(), 1)
                .with(new ImageLocality(), 1)
                .with(binder)
                .build();
    }
}
