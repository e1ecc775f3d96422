package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;

/** What runs on this node, as the node's own HTTPS API asks for it. Safe to call from any thread. */
public interface PodTable {

    /**
     * A container of a pod on this node: app, init or ephemeral.
     *
     * @param previous the instance before the current one, as {@code kubectl logs --previous} asks for
     * @return empty when the pod is not here or the container was never created
     */
    Optional<RunningContainer> container(String namespace, String pod, String container, boolean previous);

    /** The pod's object with the status that this node last computed. */
    Optional<Pod> pod(String namespace, String name);

    /** Every pod of this node, with the status that this node last computed. */
    Collection<Pod> pods();

    /** The containers of a pod that run now. */
    Collection<RunningContainer> running(String namespace, String pod);

    /** A process inside the pod's network namespace, as this machine counts processes; empty without a sandbox. */
    OptionalLong sandboxPid(String namespace, String name);
}
