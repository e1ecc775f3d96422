package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Gives every node its range of pod addresses, once. Runs with one worker, and each pass waits for the cache to show the last one's
 * write, so no range is given twice.
 */
public final class PodCidrReconciler implements Reconciler {

    /** All passes wait for all writes: a range is unique among the nodes, not for one. */
    private static final ObjectKey ALL = ObjectKey.clusterScoped("all-nodes");

    private static final java.time.Duration CACHE_WAIT = java.time.Duration.ofSeconds(10);

    private final Informer<Node> nodes;
    private final ObjectApi<Node> api;
    private final PodCidrs ranges;
    private final WriteFence fence;
    private final EventRecorder recorder;

    /**
     * @param clusterCidr the range of all pods
     * @param nodePrefix the length of a node's prefix
     */
    public PodCidrReconciler(
            Informer<Node> nodes,
            ObjectApi<Node> api,
            String clusterCidr,
            int nodePrefix,
            WriteFence fence,
            EventRecorder recorder) {
        this.nodes = nodes;
        this.api = api;
        this.ranges = PodCidrs.parse(clusterCidr, nodePrefix);
        this.fence = fence;
        this.recorder = recorder;
    }

    @Override
    public Outcome reconcile(ObjectKey key) throws InterruptedException {
        if (!fence.await(ALL, CACHE_WAIT)) {
            return Outcome.again(CACHE_WAIT, "the cache does not show the ranges given last");
        }
        Optional<Node> node = nodes.get(key).filter(found -> rangeOf(found).isEmpty());
        if (node.isEmpty()) {
            return Outcome.done();
        }
        List<String> taken = nodes.list().stream()
                .map(PodCidrReconciler::rangeOf)
                .filter(range -> !range.isEmpty())
                .toList();
        Optional<String> range = ranges.free(taken);
        if (range.isEmpty()) {
            recorder.warning(node.get(), "CIDRNotAvailable", "Node " + key.name() + " status is now: CIDRNotAvailable");
            return Outcome.again(java.time.Duration.ofMinutes(1), "no range is free");
        }
        String patch = "{\"metadata\":{\"uid\":\"%s\"},\"spec\":{\"podCIDR\":\"%s\",\"podCIDRs\":[\"%s\"]}}"
                .formatted(node.get().getMetadata().getUid(), range.get(), range.get());
        fence.wrote(ALL, nodes, api.patch(key, PatchType.MERGE, patch).revision());
        return Outcome.done();
    }

    private static String rangeOf(Node node) {
        return node.getSpec() == null
                ? ""
                : Objects.requireNonNullElse(node.getSpec().getPodCIDR(), "");
    }
}
