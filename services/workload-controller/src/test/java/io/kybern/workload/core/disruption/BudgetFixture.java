package io.kybern.workload.core.disruption;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.controller.model.Owners;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** A budget, the pods that it is about and their Deployment, in a cluster in memory. */
final class BudgetFixture {

    static final ObjectKey KEY = new ObjectKey("ns", "b");

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<PodDisruptionBudget> budgets =
            cluster.objects("policy", "v1", "poddisruptionbudgets", PodDisruptionBudget.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    final FakeObjects<Deployment> deployments = cluster.objects("apps", "v1", "deployments", Deployment.class);
    final FakeObjects<ReplicaSet> sets = cluster.objects("apps", "v1", "replicasets", ReplicaSet.class);
    final FakeObjects<StatefulSet> statefulSets = cluster.objects("apps", "v1", "statefulsets", StatefulSet.class);
    final FakeObjects<ReplicationController> controllers =
            cluster.objects("", "v1", "replicationcontrollers", ReplicationController.class);
    final Map<String, Integer> scales = new HashMap<>();
    final Set<ObjectKey> queue = new LinkedHashSet<>();
    private final DisruptionReconciler reconciler;

    BudgetFixture() {
        ExpectedPods.Caches owners = new ExpectedPods.Caches(
                deployments.informer(), sets.informer(), statefulSets.informer(), controllers.informer());
        reconciler = new DisruptionReconciler(
                budgets.informer(),
                pods.informer(),
                new ExpectedPods(owners, this::scale),
                budgets,
                new DisruptionReconciler.Reporting(
                        new WriteFence(cluster.clock()), cluster.recorder(), cluster.clock()));
        budgets.informer().onChange(change -> queue.add(change.key()));
        pods.informer().onChange(change -> queue.addAll(reconciler.of(change)));
    }

    private OptionalInt scale(String namespace, OwnerReference owner) {
        if (owner.getKind().equals("Job")) {
            throw Scales.NoScale.of("jobs.batch");
        }
        Integer replicas = scales.get(owner.getName());
        return replicas == null ? OptionalInt.empty() : OptionalInt.of(replicas);
    }

    void budget(IntOrString minAvailable, IntOrString maxUnavailable) {
        budgets.put(new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("b")
                .endMetadata()
                .withNewSpec()
                .withMinAvailable(minAvailable)
                .withMaxUnavailable(maxUnavailable)
                .withNewSelector()
                .addToMatchLabels("app", "web")
                .endSelector()
                .endSpec()
                .build());
    }

    /** A Deployment of so many replicas and its ReplicaSet. */
    OwnerReference deployment(int replicas) {
        Deployment deployment = deployments.put(new DeploymentBuilder()
                .withApiVersion("apps/v1")
                .withKind("Deployment")
                .withNewMetadata()
                .withNamespace("ns")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .endSpec()
                .build());
        ReplicaSet set = sets.put(new ReplicaSetBuilder()
                .withApiVersion("apps/v1")
                .withKind("ReplicaSet")
                .withNewMetadata()
                .withNamespace("ns")
                .withName("web-1")
                .withOwnerReferences(Owners.controllerReference(deployment))
                .endMetadata()
                .withNewSpec()
                .withReplicas(1)
                .endSpec()
                .build());
        return Owners.controllerReference(set);
    }

    static OwnerReference owner(String apiVersion, String kind, String name) {
        return new OwnerReferenceBuilder()
                .withApiVersion(apiVersion)
                .withKind(kind)
                .withName(name)
                .withUid("uid-of-" + name)
                .withController(true)
                .build();
    }

    Pod pod(String name, boolean ready, OwnerReference... owners) {
        return pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .addToLabels("app", "web")
                .withOwnerReferences(List.of(owners))
                .endMetadata()
                .withNewStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build());
    }

    PodDisruptionBudgetStatus status() {
        return budgets.require("ns", "b").getStatus();
    }

    Outcome reconcile() {
        return reconciler.reconcile(KEY);
    }
}
