package io.kybern.workload.core.autoscaling;

import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;

/** The {@code /scale} of whatever an autoscaler is for. Calls wait for an answer. */
public interface ScaleTargets {

    /**
     * The scale of an object.
     *
     * @param wanted how many pods it should have
     * @param present how many it has
     * @param selector which pods are its own, as a label selector in a query; may be empty
     * @param path where it is, for {@link #update}
     * @param json the scale as it was read
     */
    record Scale(int wanted, int present, String selector, String path, String json) {}

    /**
     * Reads a scale.
     *
     * @throws MetricsSource.Unavailable if there is none
     */
    Scale find(String namespace, CrossVersionObjectReference target);

    /**
     * Asks for another number of pods, unless the scale has changed meanwhile.
     *
     * @throws MetricsSource.Unavailable if that is refused
     */
    void update(Scale scale, int replicas);
}
