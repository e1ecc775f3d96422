package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.PodInfo;

/** Tells the API server which node the pod goes to. Called on a thread of its own, several at once. */
public interface BindPlugin extends Plugin {

    /**
     * Binds; returns when the API server has agreed.
     *
     * @throws Exception if it has not; the pod is then tried again
     */
    void bind(PodInfo pod, String node) throws Exception;
}
