package io.kybern.workload.core.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.api.ObjectKey;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EphemeralClaimsTest {

    private static final ObjectKey POD = new ObjectKey("ns", "p");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<PersistentVolumeClaim> claims =
            cluster.objects("", "v1", "persistentvolumeclaims", PersistentVolumeClaim.class);
    private final FakeObjects<PersistentVolume> volumes =
            cluster.objects("", "v1", "persistentvolumes", PersistentVolume.class);
    private final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    private final VolumeAccess access = new VolumeAccess(
            claims.informer(),
            volumes.informer(),
            cluster.objects("storage.k8s.io", "v1", "storageclasses", StorageClass.class)
                    .informer(),
            pods.informer().addIndex(VolumeAccess.BY_CLAIM, ClaimReconciler::claimsOf),
            cluster.objects("", "v1", "nodes", Node.class).informer(),
            new VolumeAccess.Writes(claims, volumes));
    private final EphemeralClaims controller =
            new EphemeralClaims(access, new WriteFence(cluster.clock()), cluster.recorder());

    private void pod() {
        pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("p")
                .endMetadata()
                .withNewSpec()
                .addNewVolume()
                .withName("scratch")
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume()
                .addNewVolume()
                .withName("data")
                .withNewEphemeral()
                .withNewVolumeClaimTemplate()
                .withNewMetadata()
                .addToLabels("kind", "passing")
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName("standard")
                .endSpec()
                .endVolumeClaimTemplate()
                .endEphemeral()
                .endVolume()
                .endSpec()
                .build());
    }

    @Test
    void aPodOwnsTheClaimsOfItsEphemeralVolumes() {
        pod();

        controller.reconcile(POD);
        controller.reconcile(POD);

        PersistentVolumeClaim claim = claims.require("ns", "p-data");
        OwnerReference owner = claim.getMetadata().getOwnerReferences().getFirst();
        assertThat(owner.getKind()).isEqualTo("Pod");
        assertThat(owner.getUid())
                .isEqualTo(pods.require("ns", "p").getMetadata().getUid());
        assertThat(owner.getController()).isTrue();
        assertThat(owner.getBlockOwnerDeletion()).isTrue();
        assertThat(claim.getMetadata().getLabels()).containsEntry("kind", "passing");
        assertThat(claim.getSpec().getStorageClassName()).isEqualTo("standard");
        assertThat(claims.all()).hasSize(1);
        assertThat(cluster.takeEvents()).isEmpty();
    }

    @Test
    void aClaimOfSomebodyElseIsNotTaken() {
        claims.put(new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName("p-data")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build());
        pod();

        assertThatThrownBy(() -> controller.reconcile(POD))
                .hasMessage("PVC \"ns/p-data\" was not created for pod \"ns/p\" (pod is not owner)");

        assertThat(cluster.takeEvents())
                .containsExactly(
                        "Warning FailedBinding ephemeral volume data: PVC \"ns/p-data\" was not created for pod \"ns/p\" (pod is not owner)");
        assertThat(claims.require("ns", "p-data").getMetadata().getOwnerReferences())
                .isEmpty();
    }

    @Test
    void aPodThatEndsGetsNoneAnyMore() {
        pod();
        pods.put(new PodBuilder(pods.require("ns", "p"))
                .editMetadata()
                .withDeletionTimestamp("2026-01-02T03:04:05Z")
                .endMetadata()
                .build());

        controller.reconcile(POD);

        assertThat(claims.all()).isEmpty();
    }
}
