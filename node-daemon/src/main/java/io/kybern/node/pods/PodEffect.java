package io.kybern.node.pods;

/** What has to be done when a pod passes from one stage to another. Each can be repeated without harm. */
enum PodEffect {
    /** Note the moment of acceptance. */
    ACCEPT,
    /** Interrupt the start of containers that is under way. */
    CANCEL_START,
    /** No more liveness and startup probes: a pod that ends is not restarted. */
    END_RESTART_PROBES,
    /** Ask what runs to end. */
    BEGIN_STOP,
    /** No more probes at all. */
    END_PROBES,
    /** Give the pod's address back. */
    RELEASE_NETWORK,
    /** Remove the containers that hold the namespaces. */
    REMOVE_SANDBOX,
    /** Unmount and empty the pod's volumes. */
    RELEASE_VOLUMES,
    /** Tell the API server the pod's last status. */
    REPORT,
    /** Delete the API object at once: nothing of it runs any more. */
    CONFIRM_DELETION,
    /** Remove the dead containers with their logs. */
    REMOVE_CONTAINERS,
    /** Remove the pod's directory. */
    REMOVE_DIRECTORY,
    /** Drop the pod from the node's table. */
    FORGET
}
