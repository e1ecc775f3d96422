package io.kybern.workload.core.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.kybern.api.ObjectKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How volumes are made, kept while they are used, and reclaimed. */
@Timeout(60)
class VolumeLifecycleTest extends VolumeTest {

    @Test
    void aVolumeWhoseClaimIsGoneIsReleasedAndNotGivenAway() {
        volume("v", "1Gi", volume -> {});
        claim("c", "1Gi", claim -> {});
        work();
        claims.remove(new ObjectKey("ns", "c"));
        claim("c", "1Gi", claim -> {});

        work();

        assertThat(volumePhase("v")).isEqualTo("Released");
        assertThat(claimPhase("c")).isEqualTo("Pending");
    }

    @Test
    void aMessageThatOthersWriteStaysAsLongAsThePhaseDoes() {
        volume("v", "1Gi", volume -> {});
        work();
        PersistentVolume available = volumes.require("", "v");
        volumes.put(new PersistentVolumeBuilder(available)
                .editStatus()
                .withMessage("looked at")
                .endStatus()
                .build());

        work();
        assertThat(volumes.require("", "v").getStatus().getMessage()).isEqualTo("looked at");

        claim("c", "1Gi", claim -> {});
        work();
        assertThat(volumePhase("v")).isEqualTo("Bound");
        assertThat(volumes.require("", "v").getStatus().getMessage()).isNull();
    }

    @Test
    void aVolumeThatCannotBeDeletedFails() {
        volume("v", "1Gi", volume -> volume.editSpec()
                .withPersistentVolumeReclaimPolicy("Delete")
                .endSpec());
        claim("c", "1Gi", claim -> {});
        work();
        claims.remove(new ObjectKey("ns", "c"));

        work();

        assertThat(volumePhase("v")).isEqualTo("Failed");
        assertThat(volumes.require("", "v").getStatus().getMessage())
                .isEqualTo("error getting deleter volume plugin for volume \"v\": no deletable volume plugin matched");
    }

    @Test
    void aVolumeIsMadeOnTheSelectedNodeAndGoesWithItsClaim() {
        standardClass();
        node("n1");
        node("n2");
        claim("c", "1Gi", claim -> claim.editSpec()
                .withStorageClassName("standard")
                .endSpec());
        work();
        assertThat(volumes.all()).isEmpty();

        consumer("p", "");
        select("c", "n2");
        work();

        String name = volumeOf("c");
        assertThat(name)
                .isEqualTo("pvc-" + claims.require("ns", "c").getMetadata().getUid());
        assertThat(claimPhase("c")).isEqualTo("Bound");
        assertThat(volumePhase(name)).isEqualTo("Bound");
        assertThat(claims.require("ns", "c").getMetadata().getAnnotations())
                .containsEntry("volume.kubernetes.io/selected-node", "n2")
                .containsEntry("volume.kubernetes.io/storage-provisioner", "kybern.io/local-path");
        PersistentVolume made = volumes.require("", name);
        assertThat(made.getSpec().getHostPath().getPath()).isEqualTo("/var/lib/kubelet/local-path/" + name);
        assertThat(made.getSpec().getPersistentVolumeReclaimPolicy()).isEqualTo("Delete");
        assertThat(made.getSpec().getCapacity().get("storage")).isEqualTo(new Quantity("1Gi"));
        assertThat(cluster.takeEvents())
                .contains("Normal ProvisioningSucceeded Successfully provisioned volume " + name);

        claims.remove(new ObjectKey("ns", "c"));
        work();

        assertThat(removed).containsExactly("n2 " + name);
        assertThat(volumes.all()).isEmpty();
    }

    @Test
    void whatOneNodeCannotServeIsNotMade() {
        standardClass();
        node("n1");
        claim("c", "1Gi", claim -> claim.editSpec()
                .withStorageClassName("standard")
                .withAccessModes("ReadWriteMany")
                .endSpec());
        select("c", "n1");

        work();

        assertThat(volumes.all()).isEmpty();
        assertThat(cluster.takeEvents())
                .contains(
                        "Warning ProvisioningFailed failed to provision volume with StorageClass \"standard\": only ReadWriteOnce and ReadWriteOncePod access modes are supported");
    }

    @Test
    void aNodeThatIsGoneIsChosenNoLonger() {
        standardClass();
        claim("c", "1Gi", claim -> claim.editSpec()
                .withStorageClassName("standard")
                .endSpec());
        select("c", "gone");

        binder.reconcile(new ObjectKey("ns", "c"));

        assertThat(volumes.all()).isEmpty();
        assertThat(claims.require("ns", "c").getMetadata().getAnnotations())
                .doesNotContainKey("volume.kubernetes.io/selected-node");
        assertThat(cluster.takeEvents())
                .contains(
                        "Warning ProvisioningFailed failed to provision volume with StorageClass \"standard\": node \"gone\" not found");
    }

    private void ask(String claim, String size) {
        claims.put(new PersistentVolumeClaimBuilder(claims.require("ns", claim))
                .editSpec()
                .editResources()
                .addToRequests("storage", new Quantity(size))
                .endResources()
                .endSpec()
                .build());
    }

    private String capacity(String claim) {
        return claims.require("ns", claim)
                .getStatus()
                .getCapacity()
                .get("storage")
                .toString();
    }

    @Test
    void aVolumeThatWasMadeHereGrowsWithItsClaim() {
        standardClass();
        node("n1");
        claim("c", "1Gi", claim -> claim.editSpec()
                .withStorageClassName("standard")
                .endSpec());
        consumer("p", "");
        select("c", "n1");
        work();
        assertThat(capacity("c")).isEqualTo("1Gi");
        cluster.takeEvents();

        ask("c", "2Gi");
        work();

        assertThat(volumes.require("", volumeOf("c")).getSpec().getCapacity())
                .containsEntry("storage", new Quantity("2Gi"));
        assertThat(capacity("c")).isEqualTo("2Gi");
        assertThat(cluster.takeEvents()).containsOnlyOnce("Normal VolumeResizeSuccessful Resize volume succeeded");
    }

    @Test
    void anotherVolumeGrowsWhenWhoCanDoItSaysSo() {
        volume("v", "1Gi", volume -> {});
        claim("c", "1Gi", claim -> {});
        work();
        cluster.takeEvents();

        ask("c", "2Gi");
        work();
        assertThat(cluster.takeEvents())
                .contains("Normal ExternalExpanding waiting for an external controller to expand this PVC");

        volumes.put(new PersistentVolumeBuilder(volumes.require("", "v"))
                .editSpec()
                .addToCapacity("storage", new Quantity("2Gi"))
                .endSpec()
                .build());
        work();
        assertThat(capacity("c")).isEqualTo("1Gi");
    }

    @Test
    void aClassOfHandMadeVolumesNeverGetsOneMade() {
        classes.put(new StorageClassBuilder()
                .withNewMetadata()
                .withName("by-hand")
                .endMetadata()
                .withProvisioner("kubernetes.io/no-provisioner")
                .withVolumeBindingMode("Immediate")
                .build());
        claim("c", "1Gi", claim -> claim.editSpec()
                .withStorageClassName("by-hand")
                .endSpec());

        work();

        assertThat(claimPhase("c")).isEqualTo("Pending");
        assertThat(cluster.takeEvents())
                .contains("Warning ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner");
    }

    @Test
    void aClaimStaysAsLongAsAPodOnANodeUsesIt() {
        ClaimProtection protection = new ClaimProtection(access, namespace -> pods.all(), fence);
        ObjectKey key = new ObjectKey("ns", "c");
        claim("c", "1Gi", claim -> {});
        protection.reconcile(key);
        assertThat(claims.require("ns", "c").getMetadata().getFinalizers())
                .containsExactly("kubernetes.io/pvc-protection");
        consumer("p", "n1");
        claims.put(new PersistentVolumeClaimBuilder(claims.require("ns", "c"))
                .editMetadata()
                .withDeletionTimestamp("2026-01-02T03:04:05Z")
                .endMetadata()
                .build());
        protection.reconcile(key);
        assertThat(claims.require("ns", "c").getMetadata().getFinalizers()).hasSize(1);

        pods.remove(new ObjectKey("ns", "p"));
        protection.reconcile(key);

        assertThat(claims.all())
                .allSatisfy(
                        claim -> assertThat(claim.getMetadata().getFinalizers()).isEmpty());
    }

    @Test
    void aVolumeStaysAsLongAsItIsBound() {
        VolumeProtection protection = new VolumeProtection(access, fence);
        volume("v", "1Gi", volume -> volume.editMetadata()
                .withFinalizers("kubernetes.io/pv-protection")
                .withDeletionTimestamp("2026-01-02T03:04:05Z")
                .endMetadata()
                .withNewStatus()
                .withPhase("Bound")
                .endStatus());
        protection.reconcile(ObjectKey.clusterScoped("v"));
        assertThat(volumes.require("", "v").getMetadata().getFinalizers()).hasSize(1);

        volumes.put(new PersistentVolumeBuilder(volumes.require("", "v"))
                .editStatus()
                .withPhase("Released")
                .endStatus()
                .build());
        protection.reconcile(ObjectKey.clusterScoped("v"));

        assertThat(volumes.all())
                .allSatisfy(volume ->
                        assertThat(volume.getMetadata().getFinalizers()).isEmpty());
    }

    @Test
    void onlyPathsForPassingThingsAreGivenUpOnOtherVolumes() {
        volume("kept", "1Gi", volume -> volume.editSpec()
                .withPersistentVolumeReclaimPolicy("Delete")
                .withNewHostPath("/srv/kept", "")
                .endSpec());
        volume("passing", "2Gi", volume -> volume.editSpec()
                .withPersistentVolumeReclaimPolicy("Delete")
                .withNewHostPath("/tmp/passing", "")
                .endSpec());
        claim("a", "1Gi", claim -> {});
        claim("b", "2Gi", claim -> {});
        work();
        claims.remove(new ObjectKey("ns", "a"));
        claims.remove(new ObjectKey("ns", "b"));

        work();

        assertThat(volumes.all()).hasSize(1);
        assertThat(volumePhase("kept")).isEqualTo("Failed");
        assertThat(volumes.require("", "kept").getStatus().getMessage())
                .isEqualTo("host_path deleter only supports /tmp/.+ but received provided /srv/kept");
        assertThat(removed).isEmpty();
    }
}
