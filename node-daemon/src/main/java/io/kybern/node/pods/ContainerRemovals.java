package io.kybern.node.pods;

import io.kybern.node.runtime.ContainerRuntime;
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
            log.atDebug()
                    .addKeyValue("container", container.id())
                    .addKeyValue("why", failure.getMessage())
                    .log("a container of a pod that is over could not be removed");
            return false;
        }
    }

    /** Removes what newer instances have replaced. */
    void removeReplaced(ObservedPod observed) {
        Stream<ObservedContainer> containers = observed.containers().values().stream()
                .flatMap(instances -> instances.stream().skip(KEPT));
        Stream<ObservedContainer> sandboxes = observed.sandboxes().stream().skip(1);
        Stream.concat(containers, sandboxes).filter(each -> !each.running()).forEach(each -> {
            runtime.remove(each.id());
            doubt.run();
        });
    }
}
