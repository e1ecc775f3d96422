package io.kybern.deployment.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.controller.model.Owners;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeploymentReconcilerTest {

    private static final ObjectKey WEB = new ObjectKey("ns", "web");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<Deployment> deployments = cluster.objects("apps", "v1", "deployments", Deployment.class);
    private final FakeObjects<ReplicaSet> sets = cluster.objects("apps", "v1", "replicasets", ReplicaSet.class);
    private final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    private final DeploymentReconciler reconciler = new DeploymentReconciler(
            new DeploymentReconciler.Access(
                    deployments.informer(), sets.informer(), pods.informer(), deployments, sets),
            new WriteFence(cluster.clock()),
            cluster.recorder(),
            cluster.clock());

    private Outcome reconcile() {
        return reconciler.reconcile(WEB);
    }

    private Deployment web() {
        return deployments.require("ns", "web");
    }

    private void change(UnaryOperator<Deployment> how) {
        deployments.update(how.apply(web()));
    }

    private ReplicaSet setOf(String image) {
        return sets.all().stream()
                .filter(set -> set.getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage()
                        .equals(image))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no set of " + image));
    }

    private int size(String image) {
        return setOf(image).getSpec().getReplicas();
    }

    private void report(ReplicaSet set, int replicas, int available) {
        sets.put(new ReplicaSetBuilder(set)
                .withNewStatus()
                .withReplicas(replicas)
                .withReadyReplicas(available)
                .withAvailableReplicas(available)
                .withObservedGeneration(set.getMetadata().getGeneration())
                .endStatus()
                .build());
    }

    /** The ReplicaSets have all their pods, available. */
    private void allAvailable() {
        sets.all()
                .forEach(set ->
                        report(set, set.getSpec().getReplicas(), set.getSpec().getReplicas()));
    }

    private void settle() {
        for (int i = 0; i < 30; i++) {
            reconcile();
            allAvailable();
        }
        reconcile();
    }

    private DeploymentCondition condition(String type) {
        return web().getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no condition " + type));
    }

    @Test
    void createsTheFirstReplicaSet() {
        deployments.put(Fixtures.deployment(3, "one"));
        reconcile();
        ReplicaSet set = setOf("one");
        String hash = set.getMetadata().getLabels().get("pod-template-hash");
        assertThat(set.getMetadata().getName()).isEqualTo("web-" + hash);
        assertThat(set.getSpec().getReplicas()).isEqualTo(3);
        assertThat(set.getSpec().getSelector().getMatchLabels())
                .isEqualTo(Map.of("app", "web", "pod-template-hash", hash));
        assertThat(set.getSpec().getTemplate().getMetadata().getLabels()).containsEntry("pod-template-hash", hash);
        assertThat(Owners.isControlledBy(set, web().getMetadata().getUid())).isTrue();
        assertThat(set.getMetadata().getAnnotations())
                .containsEntry("deployment.kubernetes.io/revision", "1")
                .containsEntry("deployment.kubernetes.io/desired-replicas", "3")
                .containsEntry("deployment.kubernetes.io/max-replicas", "4");
        assertThat(web().getMetadata().getAnnotations()).containsEntry("deployment.kubernetes.io/revision", "1");
        assertThat(cluster.takeEvents())
                .containsExactly("Normal ScalingReplicaSet Scaled up replica set web-" + hash + " from 0 to 3");
        assertThat(condition("Progressing").getReason()).isEqualTo("NewReplicaSetCreated");
        assertThat(condition("Progressing").getMessage()).isEqualTo("Created new replica set \"web-" + hash + "\"");
        assertThat(condition("Available").getReason()).isEqualTo("MinimumReplicasUnavailable");
        assertThat(web().getStatus().getObservedGeneration()).isEqualTo(1);
    }

    @Test
    void reportsACompleteRolloutAndThenWritesNothing() {
        deployments.put(Fixtures.deployment(3, "one"));
        settle();
        assertThat(web().getStatus().getReplicas()).isEqualTo(3);
        assertThat(web().getStatus().getUpdatedReplicas()).isEqualTo(3);
        assertThat(web().getStatus().getAvailableReplicas()).isEqualTo(3);
        assertThat(web().getStatus().getUnavailableReplicas()).isNull();
        assertThat(condition("Progressing").getReason()).isEqualTo("NewReplicaSetAvailable");
        assertThat(condition("Progressing").getMessage()).endsWith("has successfully progressed.");
        assertThat(condition("Available").getMessage()).isEqualTo("Deployment has minimum availability.");
        deployments.takeWrites();
        sets.takeWrites();
        assertThat(reconcile()).isEqualTo(Outcome.done());
        assertThat(deployments.takeWrites()).isEmpty();
        assertThat(sets.takeWrites()).isEmpty();
    }

    @Test
    void rollsStepByStep() {
        deployments.put(Fixtures.deployment(4, "one"));
        settle();
        cluster.takeEvents();
        change(d -> Fixtures.image(d, "two"));
        reconcile();
        assertThat(size("two")).isEqualTo(1);
        assertThat(size("one")).as("one may be unavailable").isEqualTo(3);
        List<String> steps = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            allAvailable();
            reconcile();
            steps.add(size("one") + "+" + size("two"));
        }
        assertThat(steps).last().isEqualTo("0+4");
        assertThat(cluster.takeEvents())
                .first()
                .asString()
                .startsWith("Normal ScalingReplicaSet Scaled")
                .doesNotContain("null");
        settle();
        assertThat(web().getMetadata().getAnnotations()).containsEntry("deployment.kubernetes.io/revision", "2");
        assertThat(condition("Progressing").getReason()).isEqualTo("NewReplicaSetAvailable");
    }

    @Test
    void leavesWhatRunsWhenTheNewTemplateDoesNotCome() {
        deployments.put(Fixtures.deployment(4, "one"));
        settle();
        change(d -> Fixtures.image(d, "bad"));
        for (int i = 0; i < 20; i++) {
            reconcile();
            report(setOf("one"), size("one"), size("one"));
            report(setOf("bad"), size("bad"), 0);
        }
        assertThat(size("one")).isEqualTo(3);
        assertThat(size("bad")).isEqualTo(2);
        assertThat(condition("Available").getStatus()).isEqualTo("True");
        Outcome outcome = reconcile();
        assertThat(outcome).isInstanceOf(Outcome.Again.class);
        cluster.clock().advance(Duration.ofSeconds(602));
        reconcile();
        assertThat(condition("Progressing").getStatus()).isEqualTo("False");
        assertThat(condition("Progressing").getReason()).isEqualTo("ProgressDeadlineExceeded");
        assertThat(condition("Progressing").getMessage())
                .isEqualTo("ReplicaSet \"" + setOf("bad").getMetadata().getName() + "\" has timed out progressing.");
        assertThat(reconcile()).isEqualTo(Outcome.done());
    }

    @Test
    void rollsBackToAnOldTemplateWithTheNextRevision() {
        deployments.put(Fixtures.deployment(2, "one"));
        settle();
        change(d -> Fixtures.image(d, "two"));
        settle();
        change(d -> Fixtures.image(d, "one"));
        settle();
        assertThat(size("one")).isEqualTo(2);
        assertThat(size("two")).isZero();
        assertThat(sets.all()).hasSize(2);
        assertThat(setOf("one").getMetadata().getAnnotations())
                .containsEntry("deployment.kubernetes.io/revision", "3")
                .containsEntry("deployment.kubernetes.io/revision-history", "1");
        assertThat(web().getMetadata().getAnnotations()).containsEntry("deployment.kubernetes.io/revision", "3");
    }

    @Test
    void goesOnFromHugeRevisions() {
        deployments.put(Fixtures.deployment(1, "one"));
        settle();
        ReplicaSet set = setOf("one");
        set.getMetadata().getAnnotations().put("deployment.kubernetes.io/revision", "3546343826724305832");
        sets.put(set);
        change(d -> Fixtures.image(d, "two"));
        settle();
        assertThat(web().getMetadata().getAnnotations())
                .containsEntry("deployment.kubernetes.io/revision", "3546343826724305833");
    }

    @Test
    void recreateWaitsForTheLastOldPod() {
        deployments.put(Fixtures.recreate(Fixtures.deployment(2, "one")));
        settle();
        ReplicaSet one = setOf("one");
        Pod pod = pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("old")
                .withOwnerReferences(Owners.controllerReference(one))
                .endMetadata()
                .build());
        change(d -> Fixtures.image(d, "two"));
        reconcile();
        assertThat(size("one")).isZero();
        allAvailable();
        reconcile();
        assertThat(sets.all()).hasSize(1);
        pods.remove(ObjectKeys.of(pod));
        reconcile();
        assertThat(size("two")).isEqualTo(2);
    }

    @Test
    void aPausedDeploymentIsScaledButNotRolled() {
        deployments.put(Fixtures.deployment(2, "one"));
        settle();
        change(d -> new DeploymentBuilder(Fixtures.image(d, "two"))
                .editSpec()
                .withPaused(true)
                .withReplicas(4)
                .endSpec()
                .build());
        settle();
        assertThat(sets.all()).hasSize(1);
        assertThat(size("one")).isEqualTo(4);
        assertThat(condition("Progressing").getReason()).isEqualTo("DeploymentPaused");
        change(d ->
                new DeploymentBuilder(d).editSpec().withPaused(false).endSpec().build());
        reconcile();
        assertThat(size("two")).isGreaterThan(0);
        settle();
        assertThat(size("two")).isEqualTo(4);
        assertThat(condition("Progressing").getReason()).isEqualTo("NewReplicaSetAvailable");
    }

    @Test
    void resizesInProportionDuringARollout() {
        deployments.put(Fixtures.rolling(Fixtures.deployment(10, "one"), new IntOrString(3), new IntOrString(2)));
        settle();
        change(d -> Fixtures.image(d, "bad"));
        for (int i = 0; i < 10; i++) {
            reconcile();
            report(setOf("one"), size("one"), size("one"));
            report(setOf("bad"), size("bad"), 0);
        }
        assertThat(size("one")).isEqualTo(8);
        assertThat(size("bad")).isEqualTo(5);
        change(d ->
                new DeploymentBuilder(d).editSpec().withReplicas(30).endSpec().build());
        reconcile();
        assertThat(size("one") + size("bad")).as("replicas and surge").isEqualTo(33);
        assertThat(size("one")).isEqualTo(20);
        assertThat(size("bad")).isEqualTo(13);
        assertThat(setOf("one").getMetadata().getAnnotations())
                .containsEntry("deployment.kubernetes.io/desired-replicas", "30")
                .containsEntry("deployment.kubernetes.io/max-replicas", "33");
    }

    @Test
    void scalesToZeroAndUpAgain() {
        deployments.put(Fixtures.deployment(3, "one"));
        settle();
        for (int replicas : new int[] {0, 10, 1}) {
            change(d -> new DeploymentBuilder(d)
                    .editSpec()
                    .withReplicas(replicas)
                    .endSpec()
                    .build());
            settle();
            assertThat(size("one")).isEqualTo(replicas);
            assertThat(condition("Available").getStatus()).isEqualTo("True");
        }
        assertThat(cluster.takeEvents())
                .contains("Normal ScalingReplicaSet Scaled down replica set "
                        + setOf("one").getMetadata().getName() + " from 3 to 0");
    }

    @Test
    void keepsNoMoreHistoryThanAsked() {
        Deployment first = Fixtures.deployment(1, "image-0");
        first.getSpec().setRevisionHistoryLimit(2);
        deployments.put(first);
        for (int i = 0; i < 6; i++) {
            String image = "image-" + i;
            change(d -> Fixtures.image(d, image));
            settle();
        }
        assertThat(sets.all())
                .extracting(set -> set.getMetadata().getAnnotations().get("deployment.kubernetes.io/revision"))
                .containsExactlyInAnyOrder("4", "5", "6");
    }

    @Test
    void adoptsAMatchingSetAndReleasesOneThatNoLongerMatches() {
        deployments.put(Fixtures.deployment(1, "one"));
        settle();
        ReplicaSet set = setOf("one");
        set.getMetadata().setOwnerReferences(List.of());
        sets.put(set);
        reconcile();
        assertThat(Owners.isControlledBy(setOf("one"), web().getMetadata().getUid()))
                .isTrue();
        ReplicaSet strange = setOf("one");
        strange.getMetadata().setLabels(Map.of("app", "other"));
        sets.put(strange);
        assertThatThrownBy(this::reconcile).as("it still has the name").isInstanceOf(NameTaken.class);
        assertThat(sets.require("ns", strange.getMetadata().getName())
                        .getMetadata()
                        .getOwnerReferences())
                .isEmpty();
    }

    @Test
    void takesAnotherNameWhenTheHashCollides() {
        deployments.put(Fixtures.deployment(1, "one"));
        String name = "web-" + Templates.hash(web().getSpec().getTemplate(), null);
        sets.put(new ReplicaSetBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withReplicas(0)
                .withNewSelector()
                .withMatchLabels(Map.of("app", "foreign"))
                .endSelector()
                .withTemplate(Fixtures.deployment(1, "foreign").getSpec().getTemplate())
                .endSpec()
                .build());
        assertThatThrownBy(this::reconcile).isInstanceOf(NameTaken.class);
        assertThat(web().getStatus().getCollisionCount()).isEqualTo(1);
        reconcile();
        assertThat(setOf("one").getMetadata().getName()).isNotEqualTo(name);
    }

    @Test
    void reportsThatAReplicaSetCannotBeCreated() {
        deployments.put(Fixtures.deployment(1, "one"));
        sets.failWrites(verb -> ApiFailure.answered(403, "Forbidden", "replicasets.apps is forbidden: quota", null));
        assertThatThrownBy(this::reconcile).hasMessageContaining("quota");
        assertThat(condition("Progressing").getReason()).isEqualTo("ReplicaSetCreateError");
        assertThat(condition("Progressing").getMessage())
                .startsWith("Failed to create new replica set \"web-")
                .endsWith("replicasets.apps is forbidden: quota");
        assertThat(cluster.takeEvents()).first().asString().startsWith("Warning ReplicaSetCreateError");
    }

    @Test
    void takesOverTheFailureOfAReplicaSet() {
        deployments.put(Fixtures.deployment(1, "one"));
        reconcile();
        sets.put(new ReplicaSetBuilder(setOf("one"))
                .withNewStatus()
                .addNewCondition()
                .withType("ReplicaFailure")
                .withStatus("True")
                .withReason("FailedCreate")
                .withMessage("exceeded quota")
                .withLastTransitionTime("2026-01-01T00:00:00Z")
                .endCondition()
                .endStatus()
                .build());
        reconcile();
        assertThat(condition("ReplicaFailure").getMessage()).isEqualTo("exceeded quota");
        settle();
        assertThat(web().getStatus().getConditions())
                .extracting(DeploymentCondition::getType)
                .doesNotContain("ReplicaFailure");
    }

    @Test
    void onlyReportsWhileItIsBeingDeleted() {
        deployments.put(Fixtures.deployment(2, "one"));
        settle();
        Deployment going = Fixtures.image(web(), "two");
        going.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
        deployments.put(going);
        sets.takeWrites();
        reconcile();
        assertThat(sets.takeWrites()).isEmpty();
    }

    @Test
    void reportingNeverTakesBackWhatSomebodyElseWroteMeanwhile() {
        deployments.put(Fixtures.deployment(3, "one"));
        reconcile();
        deployments.hold();
        deployments.put(new DeploymentBuilder(web())
                .editMetadata()
                .addToAnnotations("kubernetes.io/change-cause", "by hand")
                .endMetadata()
                .build());
        allAvailable();

        assertThatThrownBy(this::reconcile)
                .isInstanceOfSatisfying(ApiFailure.class, refused -> assertThat(refused.isConflict())
                        .isTrue());
        assertThat(web().getMetadata().getAnnotations()).containsEntry("kubernetes.io/change-cause", "by hand");

        deployments.deliverAll();
        reconcile();
        assertThat(web().getStatus().getAvailableReplicas()).isEqualTo(3);
        assertThat(setOf("one").getMetadata().getAnnotations()).containsEntry("kubernetes.io/change-cause", "by hand");
    }

    @Test
    void refusesToSelectEveryPod() {
        Deployment everything = Fixtures.deployment(2, "one");
        everything.getSpec().getSelector().setMatchLabels(Map.of());
        deployments.put(everything);
        reconcile();
        assertThat(sets.all()).isEmpty();
        assertThat(cluster.takeEvents())
                .containsExactly(
                        "Warning SelectingAll This deployment is selecting all pods. A non-empty selector is required.");
    }
}
