package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;

/** One thing to do so that a pod's containers come closer to its spec. */
sealed interface ContainerAction {

    /** Make the container that owns the pod's namespaces. */
    record CreateSandbox(int attempt) implements ContainerAction {}

    /**
     * Start a container for the {@code attempt}th time, counted from 0.
     *
     * @param round how often all containers of the pod began anew before
     */
    record StartContainer(Container container, ContainerKind kind, int attempt, int round) implements ContainerAction {}

    /**
     * Ask a running container to end.
     *
     * @param message what the event says
     * @param graceSeconds how long it may take; negative for the pod's own setting, 0 for the end at once, without its hook
     * @param again whether it is started again however it ends and whatever its policy says of that
     */
    record StopContainer(ObservedContainer container, String message, long graceSeconds, boolean again)
            implements ContainerAction {}
}
