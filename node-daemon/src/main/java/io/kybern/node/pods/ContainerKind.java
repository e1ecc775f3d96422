package io.kybern.node.pods;

/** What a container is to its pod. */
enum ContainerKind {
    /** Owns the pod's namespaces. */
    SANDBOX,
    /** Runs to its end before the next one starts. */
    INIT,
    /** An init container that keeps running: restart policy {@code Always}. */
    SIDECAR,
    /** What the pod is for. */
    APP,
    /** Added to a running pod to look into it; never started twice, and nothing waits for it. */
    EPHEMERAL
}
