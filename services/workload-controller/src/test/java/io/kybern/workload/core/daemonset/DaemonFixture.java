package io.kybern.workload.core.daemonset;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.controller.model.PodStates;
import io.kybern.workload.core.PodClaimer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** A DaemonSet in a cluster in memory. */
final class DaemonFixture implements AutoCloseable {

    static final ObjectKey KEY = new ObjectKey("ns", "agent");

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<DaemonSet> sets = cluster.objects("apps", "v1", "daemonsets", DaemonSet.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    final FakeObjects<Node> nodes = cluster.objects("", "v1", "nodes", Node.class);
    final FakeObjects<ControllerRevision> revisions =
            cluster.objects("apps", "v1", "controllerrevisions", ControllerRevision.class);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final DaemonSetReconciler reconciler;

    DaemonFixture(Consumer<DaemonSetSpec> spec) {
        pods.informer().addIndex(PodClaimer.ORPHANS, PodClaimer::orphanIndex);
        pods.deleteGracefully();
        reconciler = reconciler(new WriteFence(cluster.clock()));
        DaemonSet set = new DaemonSetBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("agent")
                .addToAnnotations("deprecated.daemonset.template.generation", "1")
                .endMetadata()
                .withNewSpec()
                .withNewUpdateStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withNewMaxUnavailable(1)
                .withNewMaxSurge(0)
                .endRollingUpdate()
                .endUpdateStrategy()
                .withNewSelector()
                .withMatchLabels(Map.of("app", "agent"))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", "agent")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("c")
                .withImage("image:1")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
        spec.accept(set.getSpec());
        sets.put(set);
        List.of("a", "b", "c").forEach(name -> node(name, node -> {}));
    }

    DaemonSetReconciler reconciler(WriteFence fence) {
        return new DaemonSetReconciler(
                new DaemonSetReconciler.Access(
                        sets.informer(),
                        nodes.informer(),
                        pods.informer(),
                        revisions.informer(),
                        new DaemonSetReconciler.Writes(sets, pods, revisions)),
                fence,
                cluster.recorder(),
                cluster.clock(),
                executor);
    }

    void node(String name, Consumer<NodeBuilder> change) {
        NodeBuilder node = new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .endSpec();
        change.accept(node);
        nodes.put(node.build());
    }

    Outcome reconcile() throws InterruptedException {
        return reconciler.reconcile(KEY);
    }

    /** Passes until nothing more happens, while pods are bound, become ready and go at once. */
    void settle() throws InterruptedException {
        for (int pass = 0; pass < 30; pass++) {
            cluster.clock().advance(java.time.Duration.ofSeconds(1));
            reconcile();
            nodesWork();
        }
    }

    /** Pods are bound and become ready, deleted ones go. */
    void nodesWork() {
        pods.all().forEach(pod -> {
            if (pod.getMetadata().getDeletionTimestamp() != null) {
                pods.remove(new ObjectKey("ns", pod.getMetadata().getName()));
            } else if (!PodStates.isReady(pod)) {
                report(pod, "Running", true);
            }
        });
    }

    void report(Pod pod, String phase, boolean ready) {
        pods.put(new PodBuilder(pods.require("ns", pod.getMetadata().getName()))
                .editSpec()
                .withNodeName(DaemonPods.node(pod).orElseThrow())
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .withLastTransitionTime(cluster.clock().instant().toString())
                .endCondition()
                .endStatus()
                .build());
    }

    /** The pods of a node, oldest first. */
    List<Pod> on(String node) {
        return pods.all().stream()
                .filter(pod -> DaemonPods.node(pod).filter(node::equals).isPresent())
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()))
                .toList();
    }

    /** The nodes that have pods, one for each. */
    List<String> places() {
        return pods.all().stream()
                .map(pod -> DaemonPods.node(pod).orElseThrow())
                .sorted()
                .toList();
    }

    List<String> images() {
        return pods.all().stream()
                .map(pod -> pod.getSpec().getContainers().getFirst().getImage())
                .sorted()
                .toList();
    }

    long going() {
        return pods.all().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() != null)
                .count();
    }

    DaemonSetStatus status() {
        return sets.require("ns", "agent").getStatus();
    }

    void change(Consumer<DaemonSetSpec> spec) {
        DaemonSet set = sets.require("ns", "agent");
        spec.accept(set.getSpec());
        sets.update(set);
    }

    void image(String image) {
        change(spec -> spec.getTemplate().getSpec().getContainers().getFirst().setImage(image));
    }

    @Override
    public void close() {
        executor.close();
    }
}
