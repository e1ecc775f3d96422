package io.kybern.node.shutdown;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.pods.PodEnding;
import io.kybern.node.pods.PodKeeper;
import io.kybern.node.status.NodeReporter;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The pods of this node as its keeper keeps them. */
public final class NodePods implements NodeShutdown.Ports {

    private final PodKeeper keeper;
    private final NodeReporter reporter;

    /** Ends what the keeper keeps and lets the reporter say so. */
    public NodePods(PodKeeper keeper, NodeReporter reporter) {
        this.keeper = keeper;
        this.reporter = reporter;
    }

    @Override
    public void announce() {
        keeper.takeNoMore();
        reporter.shuttingDown();
    }

    @Override
    public Collection<Pod> pods() {
        return keeper.pods().stream()
                .filter(pod -> pod.getStatus() == null
                        || !Set.of("Succeeded", "Failed")
                                .contains(String.valueOf(pod.getStatus().getPhase())))
                .toList();
    }

    @Override
    public CompletableFuture<Void> end(Pod pod, long graceSeconds) {
        return keeper.end(pod, PodEnding.shutDown(graceSeconds));
    }
}
