package io.kybern.workload.core.statefulset;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.workload.core.PodClaimer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A StatefulSet in a cluster in memory. */
final class SetFixture {

    static final ObjectKey KEY = new ObjectKey("ns", "web");

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<StatefulSet> sets = cluster.objects("apps", "v1", "statefulsets", StatefulSet.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    final FakeObjects<PersistentVolumeClaim> claims =
            cluster.objects("", "v1", "persistentvolumeclaims", PersistentVolumeClaim.class);
    final FakeObjects<ControllerRevision> revisions =
            cluster.objects("apps", "v1", "controllerrevisions", ControllerRevision.class);
    private final StatefulSetReconciler reconciler;

    SetFixture(Consumer<StatefulSetSpec> spec) {
        pods.informer().addIndex(PodClaimer.ORPHANS, PodClaimer::orphanIndex);
        pods.deleteGracefully();
        reconciler = reconciler(new WriteFence(cluster.clock()));
        StatefulSet set = new StatefulSetBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(3)
                .withServiceName("web")
                .withPodManagementPolicy("OrderedReady")
                .withNewUpdateStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withPartition(0)
                .endRollingUpdate()
                .endUpdateStrategy()
                .withNewSelector()
                .withMatchLabels(Map.of("app", "web"))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(30L)
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
    }

    StatefulSetReconciler reconciler(WriteFence fence) {
        return new StatefulSetReconciler(
                new StatefulSetReconciler.Access(
                        sets.informer(),
                        pods.informer(),
                        claims.informer(),
                        revisions.informer(),
                        new StatefulSetReconciler.Writes(sets, pods, claims, revisions)),
                fence,
                cluster.recorder(),
                cluster.clock());
    }

    Outcome reconcile() {
        return reconciler.reconcile(KEY);
    }

    /** Passes until nothing more happens, while every pod becomes ready at once and every deleted one goes at once. */
    void settle() {
        for (int pass = 0; pass < 50; pass++) {
            reconcile();
            pods.all().forEach(pod -> {
                if (pod.getMetadata().getDeletionTimestamp() != null) {
                    pods.remove(new ObjectKey("ns", pod.getMetadata().getName()));
                } else if (!SetPods.isRunningAndReady(pod)) {
                    ready(pod);
                }
            });
        }
    }

    void ready(Pod pod) {
        phase(pod, "Running", true);
    }

    void phase(Pod pod, String phase, boolean ready) {
        pods.put(new PodBuilder(pods.require("ns", pod.getMetadata().getName()))
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

    Pod pod(int ordinal) {
        return pods.require("ns", "web-" + ordinal);
    }

    List<String> names() {
        return pods.all().stream().map(pod -> pod.getMetadata().getName()).toList();
    }

    /** The images of the pods, in the order of their ordinals. */
    List<String> images() {
        return pods.all().stream()
                .map(pod -> pod.getSpec().getContainers().getFirst().getImage())
                .toList();
    }

    StatefulSetStatus status() {
        return sets.require("ns", "web").getStatus();
    }

    void change(Consumer<StatefulSetSpec> spec) {
        StatefulSet set = sets.require("ns", "web");
        spec.accept(set.getSpec());
        sets.update(set);
    }

    void image(String image) {
        change(spec -> spec.getTemplate().getSpec().getContainers().getFirst().setImage(image));
    }
}
