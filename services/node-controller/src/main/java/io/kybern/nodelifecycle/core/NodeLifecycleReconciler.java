package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.PodStates;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Watches over the nodes: one that gives no sign of life becomes Unknown, its taints follow its conditions, and its pods no longer
 * count as ready, so that Services leave them at once. See "Nodes: heartbeats" in the Kubernetes documentation.
 */
public final class NodeLifecycleReconciler implements Reconciler {

    private static final List<String> CONDITIONS = List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure");
    private static final String STOPPED = "Kubelet stopped posting node status.";
    private static final String LEASES = "kube-node-lease";

    private final Access access;
    private final Duration gracePeriod;
    private final Duration period;
    private final Heartbeats heartbeats = new Heartbeats();
    private final WriteFence fence;
    private final EventRecorder recorder;
    private final Clock clock;

    /** Where the objects are. {@code pods} is indexed by node under {@link #BY_NODE}. */
    public record Access(
            Informer<Node> nodes,
            Informer<Lease> leases,
            Informer<Pod> pods,
            ObjectApi<Node> nodeApi,
            ObjectApi<Pod> podApi) {}

    /** The index of pods by the name of their node. */
    public static final String BY_NODE = "node";

    /** When to look, and how patient to be. */
    public record Timing(Duration gracePeriod, Duration period) {}

    /** @param fence where own writes are noted */
    public NodeLifecycleReconciler(
            Access access, Timing timing, WriteFence fence, EventRecorder recorder, Clock clock) {
        this.access = access;
        this.gracePeriod = timing.gracePeriod();
        this.period = timing.period();
        this.fence = fence;
        this.recorder = recorder;
        this.clock = clock;
    }

    /** The values of the index {@link #BY_NODE}. */
    public static List<String> nodeOf(Pod pod) {
        String node = pod.getSpec().getNodeName();
        return node == null || node.isEmpty() ? List.of() : List.of(node);
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Node> found = access.nodes().get(key);
        if (found.isEmpty()) {
            heartbeats.forget(key.name());
            fence.forget(key);
            return Outcome.done();
        }
        Instant now = clock.instant();
        Node node = found.get();
        Instant last = heartbeats.last(node, access.leases().get(new ObjectKey(LEASES, key.name())), now);
        boolean silent = !last.plus(gracePeriod).isAfter(now);
        if (silent && hasKnownCondition(node)) {
            markUnknown(key, node, now);
            return Outcome.again(Duration.ofMillis(100), "the node was marked");
        }
        taint(key, node, now);
        if (!NodeConditions.ready(node).equals("True")) {
            podsNotReady(node, now);
        }
        return Outcome.again(period, "heartbeats are looked at again");
    }

    private static boolean hasKnownCondition(Node node) {
        for (String type : CONDITIONS) {
            Optional<NodeCondition> condition = NodeConditions.condition(node, type);
            if (condition.isEmpty() || !"Unknown".equals(condition.get().getStatus())) {
                return true;
            }
        }
        return false;
    }

    private void markUnknown(ObjectKey key, Node node, Instant now) {
        List<NodeCondition> conditions = new ArrayList<>();
        for (NodeCondition condition : NodeConditions.conditions(node)) {
            if (!CONDITIONS.contains(condition.getType())) {
                conditions.add(condition);
            }
        }
        for (String type : CONDITIONS) {
            conditions.add(unknown(node, type, now));
        }
        Node marked = node.edit()
                .editOrNewStatus()
                .withConditions(conditions)
                .endStatus()
                .build();
        fence.wrote(key, access.nodes(), access.nodeApi().updateStatus(marked).revision());
        recorder.normal(node, "NodeNotReady", "Node " + key.name() + " status is now: NodeNotReady");
    }

    private static NodeCondition unknown(Node node, String type, Instant now) {
        Optional<NodeCondition> before = NodeConditions.condition(node, type);
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        if (before.filter(condition -> "Unknown".equals(condition.getStatus())).isPresent()) {
            return before.get();
        }
        return new NodeConditionBuilder()
                .withType(type)
                .withStatus("Unknown")
                .withReason(before.isPresent() ? "NodeStatusUnknown" : "NodeStatusNeverUpdated")
                .withMessage(before.isPresent() ? STOPPED : "Kubelet never posted node status.")
                .withLastHeartbeatTime(
                        before.map(NodeCondition::getLastHeartbeatTime).orElse(time))
                .withLastTransitionTime(time)
                .build();
    }

    private void taint(ObjectKey key, Node node, Instant now) {
        // with no ready node at all, the fault is more likely here than with all of them
        boolean anyReady = access.nodes().list().stream()
                .anyMatch(each -> NodeConditions.ready(each).equals("True"));
        List<Taint> wanted = NodeConditions.wantedTaints(node, anyReady, now);
        if (wanted.equals(NodeConditions.taints(node))) {
            return;
        }
        Node tainted = node.edit().editOrNewSpec().withTaints(wanted).endSpec().build();
        fence.wrote(key, access.nodes(), access.nodeApi().update(tainted).revision());
    }

    private void podsNotReady(Node node, Instant now) {
        for (Pod pod : access.pods().byIndex(BY_NODE, node.getMetadata().getName())) {
            if (PodStates.isReady(pod)) {
                try {
                    access.podApi().updateStatus(notReady(pod, now));
                    recorder.warning(pod, "NodeNotReady", "Node is not ready");
                } catch (ApiFailure failure) {
                    if (!failure.isNotFound() && !failure.isConflict()) {
                        throw failure;
                    }
                }
            }
        }
    }

    private static Pod notReady(Pod pod, Instant now) {
        List<PodCondition> conditions = new ArrayList<>();
        for (PodCondition condition : pod.getStatus().getConditions()) {
            conditions.add(
                    condition.getType().equals("Ready")
                            ? new PodConditionBuilder(condition)
                                    .withStatus("False")
                                    .withLastTransitionTime(
                                            now.truncatedTo(ChronoUnit.SECONDS).toString())
                                    .build()
                            : condition);
        }
        return pod.edit().editStatus().withConditions(conditions).endStatus().build();
    }

    /** The key of the node that a lease belongs to. */
    public static List<ObjectKey> nodeOf(Lease lease) {
        return lease.getMetadata().getNamespace().equals(LEASES)
                ? List.of(ObjectKey.clusterScoped(ObjectKeys.of(lease).name()))
                : List.of();
    }
}
