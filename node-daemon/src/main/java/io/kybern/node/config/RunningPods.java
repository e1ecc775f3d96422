package io.kybern.node.config;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.pods.PodKeeper;
import io.kybern.node.statics.StaticPods;
import java.util.Collection;

/** The keeper as static pods see it. */
record RunningPods(PodKeeper keeper) implements StaticPods.Table {

    @Override
    public void seen(Pod pod) {
        keeper.seen(pod);
    }

    @Override
    public void gone(Pod pod) {
        keeper.gone(pod);
    }

    @Override
    public Collection<Pod> pods() {
        return keeper.pods();
    }
}
