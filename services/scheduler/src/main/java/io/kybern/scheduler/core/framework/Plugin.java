package io.kybern.scheduler.core.framework;

/**
 * Something that takes part in scheduling. The extension points are the interfaces that extend this one; see the
 * Kubernetes page "Scheduling Framework" for their order and meaning.
 *
 * <p>A plugin is called by the scheduler thread only, except {@link BindPlugin}. It keeps no state between cycles: what
 * it computes at one point for a later one goes into the {@link CycleState}.
 */
public interface Plugin {

    /** The name, as in a Kubernetes scheduler configuration. */
    String name();
}
