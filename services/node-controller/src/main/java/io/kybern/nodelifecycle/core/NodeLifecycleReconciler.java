package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.controller.recorder.EventType;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Watches over the nodes: one that gives no sign of life becomes Unknown, its taints follow its conditions, and its pods no longer
 * count as ready, so that Services leave them at once. See "Nodes: heartbeats" in the Kubernetes documentation.
 *
 * <p>The caches may stand still while events are late, so before a node is called silent its lease and status are read from the
 * API server itself; while that cannot be asked, no node is condemned.
 */
public final class NodeLifecycleReconciler implements Reconciler {

    private static final String LEASES = "kube-node-lease";

    private final Access access;
    private final Timing timing;
    private final Heartbeats heartbeats = new Heartbeats();
    private final Disruption disruption;
    private final NodePatches patches = new NodePatches();
    private final Map<String, String> lastReady = new ConcurrentHashMap<>();
    private final Map<String, ObjectReference> registered = new ConcurrentHashMap<>();
    private final Set<String> podsToMark = ConcurrentHashMap.newKeySet();
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;

    /** Where the objects are. {@code pods} is indexed by node under {@link #BY_NODE}. */
    public record Access(
            Informer<Node> nodes,
            Informer<Lease> leases,
            Informer<Pod> pods,
            ObjectApi<Node> nodeApi,
            ObjectApi<Lease> leaseApi,
            ObjectApi<Pod> podApi) {}

    /** The index of pods by the name of their node. */
    public static final String BY_NODE = "node";

    /**
     * When to look, and how patient to be.
     *
     * @param gracePeriod how long a node may be silent
     * @param startupGracePeriod the same for a node that has not posted its status yet
     * @param period how often a node that is not ready is looked at
     * @param evictionsPerSecond how many nodes of a zone are emptied per second
     */
    public record Timing(
            Duration gracePeriod, Duration startupGracePeriod, Duration period, double evictionsPerSecond) {

        /** In a disrupted zone nodes are emptied ten times slower, if it has more than 50; a zone is disrupted at 55 %. */
        Disruption.Rates rates() {
            return new Disruption.Rates(evictionsPerSecond, evictionsPerSecond / 10, 50, 0.55);
        }
    }

    /** @param fence where own writes are noted */
    public NodeLifecycleReconciler(
            Access access, Timing timing, WriteFence fence, EventRecorder recorder, Clock clock) {
        this.access = access;
        this.timing = timing;
        this.disruption = new Disruption(timing.rates());
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
    }

    /** The values of the index {@link #BY_NODE}. */
    public static List<String> nodeOf(Pod pod) {
        String node = pod.getSpec().getNodeName();
        return node == null || node.isEmpty() ? List.of() : List.of(node);
    }

    /** The key of the node that a lease belongs to. */
    public static List<ObjectKey> nodeOf(Lease lease) {
        return lease.getMetadata().getNamespace().equals(LEASES)
                ? List.of(ObjectKey.clusterScoped(ObjectKeys.of(lease).name()))
                : List.of();
    }

    /**
     * While nobody led, often because the API server was away, no node could give a sign of life that counts: each has the whole time
     * again, so that the nodes of an outage are not taken for lost at its end.
     */
    @Override
    public void begin() {
        heartbeats.forgetAll();
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Node> found = access.nodes().get(key);
        if (found.isEmpty()) {
            forget(key);
            return Outcome.done();
        }
        Instant now = clock.instant();
        Node node = found.get();
        if (registered.putIfAbsent(key.name(), EventRecorder.reference(node)) == null) {
            recorder.normal(
                    node,
                    "RegisteredNode",
                    "Node %1$s event: Registered Node %1$s in Controller".formatted(key.name()));
        }
        Instant last = heartbeats.last(node, access.leases().get(leaseOf(key)), now);
        Instant end = last.plus(grace(node));
        if (!end.isAfter(now) && NodePatches.hasKnownCondition(node)) {
            return silent(key, now);
        }
        boolean ready = NodeConditions.ready(node).equals("True");
        noteChange(key, node);
        markPods(key, node, now);
        Optional<Duration> mayEmpty = taint(key, node, now);
        if (ready) {
            return Outcome.again(Duration.between(now, end), "a heartbeat is due");
        }
        Duration next =
                mayEmpty.filter(wait -> wait.compareTo(timing.period()) < 0).orElse(timing.period());
        return Outcome.again(next.isZero() ? timing.period() : next, "the node is not ready");
    }

    private void forget(ObjectKey key) {
        ObjectReference gone = registered.remove(key.name());
        if (gone != null) {
            String message = "Node %1$s event: Removing Node %1$s from Controller".formatted(key.name());
            recorder.event(gone, EventType.NORMAL, "RemovingNode", message);
        }
        heartbeats.forget(key.name());
        lastReady.remove(key.name());
        podsToMark.remove(key.name());
        fence.forget(key);
    }

    private static ObjectKey leaseOf(ObjectKey node) {
        return new ObjectKey(LEASES, node.name());
    }

    private Duration grace(Node node) {
        boolean posted = NodeConditions.condition(node, "Ready").isPresent();
        return posted ? timing.gracePeriod() : timing.startupGracePeriod();
    }

    /** The caches show no sign of life; the API server has the last word. */
    private Outcome silent(ObjectKey key, Instant now) {
        Optional<Node> live = access.nodeApi().get(key);
        if (live.isEmpty()) {
            return Outcome.done();
        }
        Instant last = heartbeats.last(live.get(), access.leaseApi().get(leaseOf(key)), now);
        Instant end = last.plus(grace(live.get()));
        if (end.isAfter(now)) {
            return Outcome.again(Duration.between(now, end), "the caches are behind, the node lives");
        }
        if (NodePatches.hasKnownCondition(live.get())) {
            lastReady.putIfAbsent(key.name(), NodeConditions.ready(live.get()));
            String patch = patches.unknown(live.get(), now);
            fence.wrote(
                    key,
                    access.nodes(),
                    access.nodeApi()
                            .patch(key, "status", PatchType.MERGE, patch)
                            .revision());
        }
        return Outcome.again(Duration.ofMillis(100), "the node was marked");
    }

    /** Told once per change, as long as this process runs. */
    private void noteChange(ObjectKey key, Node node) {
        String ready = NodeConditions.ready(node);
        String before = lastReady.put(key.name(), ready);
        if (ready.equals("True")) {
            podsToMark.remove(key.name());
        } else if ("True".equals(before)) {
            podsToMark.add(key.name());
            recorder.normal(node, "NodeNotReady", "Node " + key.name() + " status is now: NodeNotReady");
        }
    }

    /**
     * A node that nobody hears of cannot have ready pods, whatever was said last. One that says itself that it is not ready still
     * speaks for its pods: they are marked once, and what it says afterwards stands.
     */
    private void markPods(ObjectKey key, Node node, Instant now) {
        if (!podsToMark.contains(key.name()) && !NodeConditions.ready(node).equals("Unknown")) {
            return;
        }
        boolean all = true;
        for (Pod pod : access.pods().byIndex(BY_NODE, key.name())) {
            Optional<PodCondition> ready =
                    PodStates.condition(pod, "Ready").filter(each -> "True".equals(each.getStatus()));
            if (ready.isPresent()) {
                all &= markPod(pod, now);
            }
        }
        if (all) {
            podsToMark.remove(key.name());
        }
    }

    /** Answers false if the pod is to be looked at again. */
    private boolean markPod(Pod pod, Instant now) {
        try {
            access.podApi().patch(ObjectKeys.of(pod), "status", PatchType.MERGE, patches.podNotReady(pod, now));
            recorder.warning(pod, "NodeNotReady", "Node is not ready");
            return true;
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
            return failure.isNotFound();
        }
    }

    /** Answers when the node may be emptied if it is to be but may not yet; empty if there is nothing to wait for. */
    private Optional<Duration> taint(ObjectKey key, Node node, Instant now) {
        boolean ready = NodeConditions.ready(node).equals("True");
        boolean evict = false;
        Optional<Duration> wait = Optional.empty();
        if (!ready) {
            Collection<Node> nodes = access.nodes().list();
            if (!Disruption.isTotal(nodes)) {
                evict = NodeConditions.isEmptied(node);
                if (!evict) {
                    wait = disruption.ask(node, nodes, now);
                    evict = wait.filter(Duration::isZero).isPresent();
                }
            }
        }
        List<Taint> wanted = NodeConditions.wantedTaints(node, evict, now);
        if (!wanted.equals(NodeConditions.taints(node))) {
            String patch = patches.taints(node, wanted);
            fence.wrote(
                    key,
                    access.nodes(),
                    access.nodeApi().patch(key, PatchType.MERGE, patch).revision());
        }
        return wait;
    }
}
