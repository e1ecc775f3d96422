package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.PodInfo;
import org.jspecify.annotations.Nullable;

/** Does what has to be done before a pod is bound, and says whether something has to come true first. */
public interface PreBindPlugin extends Plugin {

    /**
     * Writes what the pod needs. Called on a binding thread, several at once, for a pod that is assumed on the node.
     *
     * @return what the binding has to wait for; null for nothing
     * @throws Exception if it could not be written; the pod is then tried again
     */
    @Nullable
    Await preBind(CycleState state, PodInfo pod, String node) throws Exception;

    /** What a binding waits for. Asked on the scheduler thread whenever something changed that it may depend on. */
    interface Await {

        /** How it stands; never asked again after anything but {@link Progress.Waiting}. */
        Progress progress();

        /** What the event says when it has taken too long, behind the name of the plugin. */
        default String overdue() {
            return "context deadline exceeded";
        }
    }

    /** How it stands with what a binding waits for. */
    sealed interface Progress {

        /** It has come true. */
        record Done() implements Progress {}

        /** It has not come true yet. */
        record Waiting() implements Progress {}

        /** It never will; the pod is tried again. */
        record Failed(String why) implements Progress {}
    }
}
