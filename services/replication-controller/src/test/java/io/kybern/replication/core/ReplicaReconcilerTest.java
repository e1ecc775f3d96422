package io.kybern.replication.core;

import static io.kybern.replication.core.Fixtures.ready;
import static io.kybern.replication.core.Fixtures.replicaSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReplicaReconcilerTest {

    private static final ObjectKey WEB = new ObjectKey("ns", "web");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<ReplicaSet> sets = cluster.objects("apps", "v1", "replicasets", ReplicaSet.class);
    private final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final WriteFence fence = new WriteFence(cluster.clock());
    private final ReplicaReconciler<ReplicaSet> reconciler = new ReplicaReconciler<>(
            new ReplicaSetKind(),
            new ReplicaReconciler.Access<>(
                    sets.informer(),
                    pods.informer().addIndex(ReplicaReconciler.ORPHANS, ReplicaReconciler::orphanIndex),
                    sets,
                    pods),
            fence,
            cluster.recorder(),
            cluster.clock(),
            executor);

    @AfterEach
    void close() {
        executor.close();
    }

    private Outcome reconcile() throws InterruptedException {
        return reconciler.reconcile(WEB);
    }

    private ReplicaSet web() {
        return sets.require("ns", "web");
    }

    private void scale(int replicas) {
        sets.update(new ReplicaSetBuilder(web())
                .editSpec()
                .withReplicas(replicas)
                .endSpec()
                .build());
    }

    private void makeReady(String since) {
        pods.all().forEach(pod -> pods.put(ready(pod, since)));
    }

    @Test
    void createsThePodsOfTheTemplate() throws InterruptedException {
        sets.put(replicaSet("web", 3));
        reconcile();
        assertThat(pods.all()).hasSize(3).allSatisfy(pod -> {
            assertThat(pod.getMetadata().getName()).startsWith("web-");
            assertThat(pod.getMetadata().getLabels()).containsEntry("tier", "front");
            assertThat(pod.getMetadata().getOwnerReferences().getFirst().getController())
                    .isTrue();
            assertThat(pod.getMetadata().getOwnerReferences().getFirst().getKind())
                    .isEqualTo("ReplicaSet");
            assertThat(pod.getSpec().getContainers().getFirst().getImage()).isEqualTo("image");
        });
        assertThat(cluster.takeEvents())
                .hasSize(3)
                .allMatch(event -> event.startsWith("Normal SuccessfulCreate Created pod: web-"));
    }

    @Test
    void reportsWhatThereIsAndThenWritesNothing() throws InterruptedException {
        sets.put(replicaSet("web", 2));
        reconcile();
        makeReady("2026-01-01T00:00:00Z");
        reconcile();
        assertThat(web().getStatus().getReplicas()).isEqualTo(2);
        assertThat(web().getStatus().getFullyLabeledReplicas()).isEqualTo(2);
        assertThat(web().getStatus().getReadyReplicas()).isEqualTo(2);
        assertThat(web().getStatus().getAvailableReplicas()).isEqualTo(2);
        assertThat(web().getStatus().getObservedGeneration()).isEqualTo(1);
        sets.takeWrites();
        pods.takeWrites();
        assertThat(reconcile()).isEqualTo(Outcome.done());
        assertThat(sets.takeWrites()).isEmpty();
        assertThat(pods.takeWrites()).isEmpty();
    }

    @Test
    void replacesAPodThatIsDeletedOrHasEnded() throws InterruptedException {
        sets.put(replicaSet("web", 2));
        reconcile();
        List<Pod> first = List.copyOf(pods.all());
        pods.remove(ObjectKeys.of(first.getFirst()));
        pods.put(new PodBuilder(first.getLast())
                .withNewStatus()
                .withPhase("Failed")
                .endStatus()
                .build());
        reconcile();
        assertThat(pods.all()).hasSize(3);
    }

    @Test
    void countsPodsThatAreBeingDeletedApart() throws InterruptedException {
        sets.put(replicaSet("web", 2));
        reconcile();
        pods.deleteGracefully();
        scale(1);
        reconcile();
        reconcile();
        assertThat(web().getStatus().getReplicas()).isEqualTo(1);
        assertThat(web().getStatus().getTerminatingReplicas()).isEqualTo(1);
        assertThat(cluster.takeEvents())
                .filteredOn(event -> event.startsWith("Normal SuccessfulDelete Deleted pod: web-"))
                .hasSize(1);
    }

    @Test
    void comesAgainWhenAReadyPodBecomesAvailable() throws InterruptedException {
        ReplicaSet slow = replicaSet("web", 1);
        slow.getSpec().setMinReadySeconds(10);
        sets.put(slow);
        reconcile();
        makeReady("2026-01-01T00:00:00Z");
        cluster.clock().advance(Duration.ofSeconds(3));
        assertThat(reconcile()).isInstanceOfSatisfying(Outcome.Again.class, again -> assertThat(again.after())
                .isEqualTo(Duration.ofSeconds(7)));
        assertThat(web().getStatus().getAvailableReplicas()).isZero();
        cluster.clock().advance(Duration.ofSeconds(7));
        reconcile();
        assertThat(web().getStatus().getAvailableReplicas()).isEqualTo(1);
    }

    @Test
    void adoptsOrphansThatItSelects() throws InterruptedException {
        sets.put(replicaSet("web", 1));
        pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("stray")
                .addToLabels("app", "web")
                .endMetadata()
                .build());
        reconcile();
        assertThat(pods.all()).hasSize(1);
        assertThat(pods.require("ns", "stray").getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner ->
                        assertThat(owner.getUid()).isEqualTo(web().getMetadata().getUid()));
    }

    @Test
    void doesNotAdoptForAnOwnerThatTheServerNoLongerHas() throws InterruptedException {
        sets.put(replicaSet("web", 1));
        pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("stray")
                .addToLabels("app", "web")
                .endMetadata()
                .build());
        sets.hold();
        sets.remove(WEB);
        sets.put(replicaSet("web", 1));
        pods.failWrites(verb -> verb.equals("create") ? ApiFailure.answered(403, "Forbidden", "no", null) : null);
        assertThatThrownBy(this::reconcile).hasMessage("no");
        assertThat(pods.require("ns", "stray").getMetadata().getOwnerReferences())
                .isEmpty();
    }

    @Test
    void releasesAPodWhoseLabelsItNoLongerSelects() throws InterruptedException {
        sets.put(replicaSet("web", 1));
        reconcile();
        Pod pod = pods.all().iterator().next();
        pods.put(new PodBuilder(pod)
                .editMetadata()
                .withLabels(java.util.Map.of("app", "other"))
                .endMetadata()
                .build());
        reconcile();
        assertThat(pods.all()).hasSize(2);
        assertThat(pods.require("ns", pod.getMetadata().getName()).getMetadata().getOwnerReferences())
                .isEmpty();
    }

    @Test
    void leavesThePodsOfAnOwnerThatIsBeingDeleted() throws InterruptedException {
        sets.put(replicaSet("web", 2));
        reconcile();
        ReplicaSet going = web();
        going.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
        going.getSpec().setReplicas(0);
        sets.put(going);
        pods.takeWrites();
        reconcile();
        assertThat(pods.takeWrites()).isEmpty();
    }

    @Test
    void reportsAFailureAndTriesFewBeforeMany() throws InterruptedException {
        sets.put(replicaSet("web", 100));
        AtomicInteger allowed = new AtomicInteger(5);
        pods.failWrites(verb -> allowed.decrementAndGet() < 0
                ? ApiFailure.answered(403, "Forbidden", "pods \"web-\" is forbidden: exceeded quota: q", null)
                : null);
        assertThatThrownBy(this::reconcile).hasMessageContaining("exceeded quota");
        assertThat(pods.takeWrites()).as("batches of 1, 2 and 4").hasSize(7);
        assertThat(web().getStatus().getConditions()).singleElement().satisfies(condition -> {
            assertThat(condition.getType()).isEqualTo("ReplicaFailure");
            assertThat(condition.getStatus()).isEqualTo("True");
            assertThat(condition.getReason()).isEqualTo("FailedCreate");
            assertThat(condition.getMessage()).contains("exceeded quota");
        });
        assertThat(cluster.takeEvents())
                .contains("Warning FailedCreate Error creating: pods \"web-\" is forbidden: exceeded quota: q");
        pods.failWrites(verb -> null);
        reconcile();
        reconcile();
        assertThat(web().getStatus().getConditions()).isEmpty();
        assertThat(pods.all()).hasSize(100);
    }

    @Test
    void createsNoMoreThanABurstAtOnce() throws InterruptedException {
        sets.put(replicaSet("web", 700));
        reconcile();
        assertThat(pods.all()).hasSize(500);
        reconcile();
        assertThat(pods.all()).hasSize(700);
    }

    @Test
    void isQuietWhenTheNamespaceGoes() throws InterruptedException {
        sets.put(replicaSet("web", 1));
        pods.failWrites(verb -> ApiFailure.answered(
                403,
                "Forbidden",
                "pods \"web-\" is forbidden: unable to create new content in namespace ns because it is being terminated",
                null));
        reconcile();
        assertThat(cluster.takeEvents()).isEmpty();
        assertThat(web().getStatus().getConditions()).isEmpty();
    }

    /** Deliveries lag by a random number of changes; each pass waits for the fence only, as the runtime does. */
    @Test
    void neverCreatesOrDeletesTooManyWithADelayedCache() throws InterruptedException {
        for (long seed = 1; seed <= 30; seed++) {
            Random random = new Random(seed);
            ObjectKey key = new ObjectKey("ns", "web");
            FakeCluster lagging = new FakeCluster();
            FakeObjects<ReplicaSet> owners = lagging.objects("apps", "v1", "replicasets", ReplicaSet.class);
            FakeObjects<Pod> replicas = lagging.objects("", "v1", "pods", Pod.class);
            WriteFence notes = new WriteFence(lagging.clock());
            ReplicaReconciler<ReplicaSet> subject = new ReplicaReconciler<>(
                    new ReplicaSetKind(),
                    new ReplicaReconciler.Access<>(
                            owners.informer(),
                            replicas.informer().addIndex(ReplicaReconciler.ORPHANS, ReplicaReconciler::orphanIndex),
                            owners,
                            replicas),
                    notes,
                    lagging.recorder(),
                    lagging.clock(),
                    executor);
            owners.put(replicaSet("web", 1));
            replicas.hold();
            int wanted = 1;
            int before = 0;
            for (int step = 0; step < 60; step++) {
                if (random.nextInt(6) == 0) {
                    before = replicas.all().size();
                    wanted = random.nextInt(20);
                    owners.update(new ReplicaSetBuilder(owners.require("ns", "web"))
                            .editSpec()
                            .withReplicas(wanted)
                            .endSpec()
                            .build());
                }
                replicas.deliver(random.nextInt(5));
                if (notes.await(key, Duration.ZERO)) {
                    subject.reconcile(key);
                }
                List<Pod> now = new ArrayList<>(replicas.all());
                assertThat(now.size())
                        .as("seed %d step %d: between %d and %d", seed, step, before, wanted)
                        .isBetween(Math.min(before, wanted), Math.max(before, wanted));
            }
            replicas.deliverAll();
            subject.reconcile(key);
            assertThat(replicas.all()).as("seed %d", seed).hasSize(wanted);
        }
    }
}
