package io.kybern.workload.core.statefulset;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSetPersistentVolumeClaimRetentionPolicy;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StatefulSetReconcilerTest {

    private static void claimed(StatefulSetSpec spec) {
        spec.setVolumeClaimTemplates(List.of(new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("data")
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .endSpec()
                .build()));
    }

    @Test
    void eachPodWaitsForThoseBeforeIt() {
        SetFixture web = new SetFixture(spec -> {});
        web.reconcile();
        web.reconcile();
        assertThat(web.names()).containsExactly("web-0");
        web.ready(web.pod(0));
        web.reconcile();
        web.reconcile();
        assertThat(web.names()).containsExactly("web-0", "web-1");
        web.settle();
        assertThat(web.names()).containsExactly("web-0", "web-1", "web-2");
        assertThat(web.status().getReadyReplicas()).isEqualTo(3);
        assertThat(web.status().getCurrentRevision()).isEqualTo(web.status().getUpdateRevision());
        assertThat(web.cluster.takeEvents())
                .startsWith("Normal SuccessfulCreate create Pod web-0 in StatefulSet web successful");
    }

    @Test
    void aPodKnowsWhoItIs() {
        SetFixture web = new SetFixture(spec -> {});
        web.reconcile();
        Pod first = web.pod(0);
        assertThat(first.getSpec().getHostname()).isEqualTo("web-0");
        assertThat(first.getSpec().getSubdomain()).isEqualTo("web");
        assertThat(first.getMetadata().getLabels())
                .containsEntry("statefulset.kubernetes.io/pod-name", "web-0")
                .containsEntry("apps.kubernetes.io/pod-index", "0")
                .containsEntry("controller-revision-hash", web.status().getUpdateRevision());
    }

    @Test
    void doesNothingMoreWhenNothingHappens() {
        SetFixture web = new SetFixture(spec -> {});
        web.settle();
        web.sets.takeWrites();
        web.pods.takeWrites();
        web.revisions.takeWrites();
        assertThat(web.reconcile()).isEqualTo(Outcome.done());
        assertThat(web.sets.takeWrites()).isEmpty();
        assertThat(web.pods.takeWrites()).isEmpty();
        assertThat(web.revisions.takeWrites()).isEmpty();
    }

    @Test
    void goesDownAgainstTheOrder() {
        SetFixture web = new SetFixture(spec -> {});
        web.settle();
        web.change(spec -> spec.setReplicas(1));
        web.reconcile();
        web.reconcile();
        assertThat(web.pod(2).getMetadata().getDeletionTimestamp()).isNotNull();
        assertThat(web.pod(1).getMetadata().getDeletionTimestamp()).isNull();
        web.settle();
        assertThat(web.names()).containsExactly("web-0");
    }

    @Test
    void aParallelSetDoesNotWait() {
        SetFixture web = new SetFixture(spec -> spec.setPodManagementPolicy("Parallel"));
        web.reconcile();
        assertThat(web.names()).hasSize(3);
        web.change(spec -> spec.setReplicas(0));
        web.reconcile();
        assertThat(web.pods.all()).allMatch(pod -> pod.getMetadata().getDeletionTimestamp() != null);
    }

    @Test
    void beginsAtTheOrdinalAskedFor() {
        SetFixture web = new SetFixture(spec -> {
            spec.setReplicas(2);
            spec.setOrdinals(new io.fabric8.kubernetes.api.model.apps.StatefulSetOrdinals(5));
        });
        web.settle();
        assertThat(web.names()).containsExactly("web-5", "web-6");
    }

    @Test
    void haltsWhileAPodIsNotAvailable() {
        SetFixture web = new SetFixture(spec -> spec.setMinReadySeconds(10));
        web.reconcile();
        web.ready(web.pod(0));
        assertThat(web.reconcile()).isEqualTo(Outcome.again(Duration.ofSeconds(10), "a ready pod becomes available"));
        assertThat(web.names()).hasSize(1);
        web.cluster.clock().advance(Duration.ofSeconds(10));
        web.reconcile();
        assertThat(web.names()).hasSize(2);
        web.phase(web.pod(0), "Running", false);
        web.ready(web.pod(1));
        web.reconcile();
        assertThat(web.names()).hasSize(2);
    }

    @Test
    void replacesAPodThatHasFailedUnderTheSameName() {
        SetFixture web = new SetFixture(spec -> {});
        web.settle();
        String uid = web.pod(1).getMetadata().getUid();
        web.phase(web.pod(1), "Failed", false);
        web.settle();
        assertThat(web.pod(1).getMetadata().getUid()).isNotEqualTo(uid);
        assertThat(web.cluster.takeEvents())
                .contains("Warning RecreatingFailedPod StatefulSet ns/web is recreating failed Pod web-1");
    }

    @Test
    void updatesFromTheLastToTheFirst() {
        SetFixture web = new SetFixture(spec -> {});
        web.settle();
        web.image("image:2");
        web.reconcile();
        assertThat(web.pods.all())
                .filteredOn(pod -> pod.getMetadata().getDeletionTimestamp() != null)
                .singleElement()
                .satisfies(pod -> assertThat(pod.getMetadata().getName()).isEqualTo("web-2"));
        web.settle();
        assertThat(web.images()).containsOnly("image:2");
        assertThat(web.status().getCurrentRevision()).isEqualTo(web.status().getUpdateRevision());
        assertThat(web.status().getUpdatedReplicas()).isEqualTo(3);
    }

    @Test
    void updatesOnlyWhatThePartitionLetsItAndRecreatesTheOthersAsTheyWere() {
        SetFixture web = new SetFixture(spec -> {});
        web.settle();
        web.change(spec -> spec.getUpdateStrategy().getRollingUpdate().setPartition(2));
        web.image("image:2");
        web.settle();
        assertThat(web.images()).containsExactly("image:1", "image:1", "image:2");
        web.pods.remove(new ObjectKey("ns", "web-0"));
        web.pods.remove(new ObjectKey("ns", "web-2"));
        web.settle();
        assertThat(web.images()).containsExactly("image:1", "image:1", "image:2");
        assertThat(web.status().getCurrentReplicas()).isEqualTo(2);
        assertThat(web.status().getUpdatedReplicas()).isEqualTo(1);
    }

    @Test
    void mayUpdateSeveralAtOnce() {
        SetFixture web = new SetFixture(
                spec -> spec.getUpdateStrategy().getRollingUpdate().setMaxUnavailable(new IntOrString("60%")));
        web.settle();
        web.image("image:2");
        web.reconcile();
        assertThat(web.pods.all())
                .filteredOn(pod -> pod.getMetadata().getDeletionTimestamp() != null)
                .hasSize(2);
    }

    @Test
    void leavesTheUpdateToWhoeverDeletesPods() {
        SetFixture web = new SetFixture(spec -> {
            spec.getUpdateStrategy().setType("OnDelete");
            spec.getUpdateStrategy().setRollingUpdate(null);
        });
        web.settle();
        web.image("image:2");
        web.settle();
        assertThat(web.images()).containsOnly("image:1");
        web.pods.remove(new ObjectKey("ns", "web-1"));
        web.settle();
        assertThat(web.images()).containsExactly("image:1", "image:2", "image:1");
    }

    @Test
    void aStateThatComesBackIsTheNewestAgainAndOldOnesAreForgotten() {
        SetFixture web = new SetFixture(spec -> spec.setRevisionHistoryLimit(1));
        web.settle();
        String first = web.status().getUpdateRevision();
        web.image("image:2");
        web.settle();
        web.image("image:1");
        web.settle();
        assertThat(web.status().getUpdateRevision()).isEqualTo(first);
        assertThat(web.revisions.require("ns", first).getRevision()).isEqualTo(3);
        web.image("image:3");
        web.settle();
        assertThat(web.revisions.all())
                .extracting(ControllerRevision::getRevision)
                .containsExactlyInAnyOrder(3L, 4L);
    }

    @Test
    void everyPodHasItsOwnClaim() {
        SetFixture web = new SetFixture(spec -> {
            spec.setReplicas(2);
            claimed(spec);
        });
        web.settle();
        assertThat(web.claims.all())
                .extracting(claim -> claim.getMetadata().getName())
                .containsExactly("data-web-0", "data-web-1");
        assertThat(web.pod(1)
                        .getSpec()
                        .getVolumes()
                        .getFirst()
                        .getPersistentVolumeClaim()
                        .getClaimName())
                .isEqualTo("data-web-1");
        assertThat(web.claims.all())
                .allMatch(claim -> claim.getMetadata().getOwnerReferences().isEmpty());
        assertThat(web.cluster.takeEvents())
                .contains("Normal SuccessfulCreate create Claim data-web-0 Pod web-0 in StatefulSet web success");
    }

    @Test
    void claimsEndWithTheSetOrWithTheirPodIfAskedFor() {
        SetFixture web = new SetFixture(spec -> {
            spec.setReplicas(2);
            claimed(spec);
            spec.setPersistentVolumeClaimRetentionPolicy(
                    new StatefulSetPersistentVolumeClaimRetentionPolicy("Delete", "Delete"));
        });
        web.settle();
        assertThat(web.claims.all()).allMatch(claim -> claim.getMetadata()
                .getOwnerReferences()
                .getFirst()
                .getKind()
                .equals("StatefulSet"));
        web.change(spec -> spec.setReplicas(1));
        web.reconcile();
        assertThat(web.claims.require("ns", "data-web-1").getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(owner.getName()).isEqualTo("web-1"));
        web.change(spec -> spec.setPersistentVolumeClaimRetentionPolicy(
                new StatefulSetPersistentVolumeClaimRetentionPolicy("Retain", "Retain")));
        web.reconcile();
        assertThat(web.claims.all())
                .allMatch(claim -> claim.getMetadata().getOwnerReferences().isEmpty());
    }

    @Test
    void ordinalsAreReadFromNames() {
        assertThat(SetPods.ordinal("web", "web-12")).isEqualTo(12);
        assertThat(SetPods.ordinal("web", "web-01")).isEqualTo(-1);
        assertThat(SetPods.ordinal("web", "web-a-1")).isEqualTo(-1);
        assertThat(SetPods.ordinal("web", "other-1")).isEqualTo(-1);
    }
}
