package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.NodeInfo;
import io.kybern.scheduler.core.model.PodInfo;
import java.util.Optional;

/** Lets a PostFilter plugin try out the pod on nodes as they would be with fewer pods. */
public interface Trials {

    /** Begins with the node as it is. */
    Trial on(NodeInfo node);

    /** One node on which pods are taken away and put back; nothing outside of it changes. */
    interface Trial {

        /** Takes a pod away. */
        void remove(PodInfo other);

        /** Puts a pod back. */
        void add(PodInfo other);

        /** Why the pod still does not fit on the node, also with the pods to which the node is promised; empty if it fits. */
        Optional<Rejection> refusal();
    }
}
