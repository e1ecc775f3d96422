package io.kybern.node.runtime;

/** Where a container is in its life. */
public enum ContainerState {
    /** It exists and was never started. */
    CREATED,
    /** Its process runs. */
    RUNNING,
    /** Its process ended. */
    EXITED
}
