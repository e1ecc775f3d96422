package io.kybern.node.pods;

import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.RuntimeFailure;
import java.util.Collection;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes containers of a pod that are of no more use. */
final class ContainerRemovals {

    private static final Logger log = LoggerFactory.getLogger(ContainerRemovals.class);

    /** The newest instance of a container, and the one before it for {@code kubectl logs --previous}. */
    private static final int KEPT = 2;

    private final ContainerRuntime runtime;
    private final Runnable doubt;

    /** @param doubt told that what was seen of the containers does not hold any more */
    ContainerRemovals(ContainerRuntime runtime, Runnable doubt) {
        this.runtime = runtime;
        this.doubt = doubt;
    }

    /** Removes them all; fails with the first that cannot be removed, so that the step is repeated. */
    void remove(Collection<ObservedContainer> containers) {
        containers.forEach(each -> runtime.remove(each.id()));
        doubt.run();
    }

    /**
     * Removes containers that are only to be over: one that the engine has ended but cannot remove goes with the pod's other
     * containers.
     */
    void end(Collection<ObservedContainer> containers) {
        for (ObservedContainer each : containers) {
            try {
                runtime.remove(each.id());
            } catch (RuntimeFailure failure) {
                if (failure.kind() == RuntimeFailure.Kind.UNREACHABLE || runs(each.id())) {
                    throw failure;
                }
                told(each, failure);
            }
        }
        doubt.run();
    }

    private boolean runs(String id) {
        return runtime.inspect(id)
                .filter(each -> each.state() == ContainerState.RUNNING)
                .isPresent();
    }

    /**
     * Removes those that can be removed; whether there were any. One that stays, on a full disk for example, does not keep others from
     * going.
     */
    boolean removeWhatGoes(Collection<ObservedContainer> containers) {
        boolean removed = false;
        for (ObservedContainer each : containers) {
            removed |= goes(each);
        }
        doubt.run();
        return removed;
    }

    private boolean goes(ObservedContainer container) {
        try {
            runtime.remove(container.id());
            return true;
        } catch (RuntimeFailure failure) {
            told(container, failure);
            return false;
        }
    }

    private static void told(ObservedContainer container, RuntimeFailure failure) {
        log.atDebug()
                .addKeyValue("container", container.id())
                .addKeyValue("why", failure.getMessage())
                .log("a container that is over could not be removed");
    }

    /** Removes what newer instances have replaced; what stays is tried again at the next look. */
    void removeReplaced(ObservedPod observed) {
        Stream<ObservedContainer> containers = observed.containers().values().stream()
                .flatMap(instances -> instances.stream().skip(KEPT));
        Stream<ObservedContainer> sandboxes = observed.sandboxes().stream().skip(1);
        Stream.concat(containers, sandboxes).filter(each -> !each.running()).forEach(each -> {
            if (goes(each)) {
                doubt.run();
            }
        });
    }
}
