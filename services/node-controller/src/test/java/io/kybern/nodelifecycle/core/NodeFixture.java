package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.function.Consumer;

/** A cluster whose nodes beat, or do not, as the test says. */
final class NodeFixture {

    static final Duration GRACE = Duration.ofSeconds(40);

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<Node> nodes = cluster.objects("", "v1", "nodes", Node.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    final FakeObjects<Lease> leases = cluster.objects("coordination.k8s.io", "v1", "leases", Lease.class);
    final Reconciler lifecycle;
    final Reconciler eviction;
    final Reconciler garbage;

    NodeFixture() {
        pods.informer().addIndex(NodeLifecycleReconciler.BY_NODE, pod -> NodeLifecycleReconciler.nodeOf(pod));
        lifecycle = new NodeLifecycleReconciler(
                new NodeLifecycleReconciler.Access(
                        nodes.informer(), leases.informer(), pods.informer(), nodes, leases, pods),
                new NodeLifecycleReconciler.Timing(GRACE, Duration.ofSeconds(60), Duration.ofSeconds(5), 0.1),
                new WriteFence(cluster.clock()),
                cluster.recorder(),
                cluster.clock());
        eviction = new TaintEvictionReconciler(
                pods.informer(), nodes.informer(), pods, cluster.recorder(), cluster.clock());
        garbage = new PodGarbageReconciler(pods.informer(), nodes.informer(), pods, nodes, cluster.clock());
    }

    Node node(String name) {
        return node(name, n -> {});
    }

    Node node(String name, Consumer<NodeBuilder> more) {
        NodeBuilder builder = new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withLastHeartbeatTime("2026-01-01T00:00:00Z")
                .endCondition()
                .addNewCondition()
                .withType("DiskPressure")
                .withStatus("False")
                .endCondition()
                .addNewCondition()
                .withType("NetworkUnavailable")
                .withStatus("False")
                .endCondition()
                .endStatus();
        more.accept(builder);
        Node stored = nodes.put(builder.build());
        beat(name);
        return stored;
    }

    /** The node renews its lease. */
    void beat(String... names) {
        for (String name : names) {
            leases.put(new LeaseBuilder()
                    .withNewMetadata()
                    .withNamespace("kube-node-lease")
                    .withName(name)
                    .endMetadata()
                    .withNewSpec()
                    .withHolderIdentity(name)
                    .withRenewTime(ZonedDateTime.ofInstant(cluster.clock().instant(), ZoneOffset.UTC))
                    .endSpec()
                    .build());
        }
    }

    /** The node posts its readiness. */
    void post(String name, String ready) {
        Node node = nodes.require("", name);
        for (NodeCondition condition : node.getStatus().getConditions()) {
            if (condition.getType().equals("Ready")) {
                condition.setStatus(ready);
                condition.setLastHeartbeatTime(cluster.clock().instant().toString());
            }
        }
        nodes.put(node);
    }

    Pod pod(String name, String node) {
        return pod(name, node, p -> {});
    }

    Pod pod(String name, String node, Consumer<PodBuilder> more) {
        PodBuilder builder = new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node.isEmpty() ? null : node)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus();
        more.accept(builder);
        return pods.put(builder.build());
    }

    static Consumer<PodBuilder> tolerates(String key, Long seconds) {
        return p -> p.editSpec()
                .addNewToleration()
                .withKey(key)
                .withOperator("Exists")
                .withEffect("NoExecute")
                .withTolerationSeconds(seconds)
                .endToleration()
                .endSpec();
    }

    /** Looks at the nodes until nothing changes any more, without time passing. */
    void look(String... names) {
        for (String name : names) {
            for (int i = 0; i < 5; i++) {
                run(lifecycle, ObjectKey.clusterScoped(name));
            }
        }
    }

    Outcome look(Reconciler reconciler, String pod) {
        return run(reconciler, new ObjectKey("default", pod));
    }

    static Outcome run(Reconciler reconciler, ObjectKey key) {
        try {
            return reconciler.reconcile(key);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    void pass(Duration time) {
        cluster.clock().advance(time);
    }

    String condition(String node, String type) {
        return NodeConditions.condition(nodes.require("", node), type)
                .map(c -> c.getStatus() + " " + c.getReason() + " " + c.getMessage())
                .orElse("none");
    }

    List<String> taints(String node) {
        return NodeConditions.taints(nodes.require("", node)).stream()
                .map(NodeFixture::text)
                .toList();
    }

    private static String text(Taint taint) {
        return taint.getKey() + ":" + taint.getEffect();
    }
}
