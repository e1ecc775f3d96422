package io.kybern.workload.core.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.kybern.api.ObjectKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which claim gets which volume. */
@Timeout(60)
class VolumeBindingTest extends VolumeTest {

    @Test
    void aClaimGetsTheSmallestVolumeThatSuits() {
        volume("large", "10Gi", volume -> {});
        volume("small", "2Gi", volume -> {});
        volume("tiny", "1Gi", volume -> {});
        volume("other", "2Gi", volume -> volume.editSpec()
                .withStorageClassName("fast")
                .endSpec());
        claim("c", "1500Mi", claim -> {});

        work();

        assertThat(volumeOf("c")).isEqualTo("small");
        assertThat(claimPhase("c")).isEqualTo("Bound");
        assertThat(claims.require("ns", "c").getStatus().getCapacity().get("storage"))
                .isEqualTo(new Quantity("2Gi"));
        assertThat(volumePhase("small")).isEqualTo("Bound");
        assertThat(volumePhase("large")).isEqualTo("Available");
        assertThat(volumes.require("", "small").getSpec().getClaimRef().getUid())
                .isEqualTo(claims.require("ns", "c").getMetadata().getUid());
    }

    @Test
    void everyVolumeHasOneClaim() {
        volume("one", "1Gi", volume -> {});
        claim("a", "1Gi", claim -> {});
        claim("b", "1Gi", claim -> {});

        work();

        assertThat(claimPhase("a")).isEqualTo("Bound");
        assertThat(claimPhase("b")).isEqualTo("Pending");
        assertThat(cluster.takeEvents())
                .contains(
                        "Normal FailedBinding no persistent volumes available for this claim and no storage class is set");
    }

    @Test
    void selectorsAndModesMustFit() {
        volume("red", "1Gi", volume -> volume.editMetadata()
                .addToLabels("colour", "red")
                .endMetadata());
        volume("many", "1Gi", volume -> volume.editSpec()
                .withAccessModes("ReadWriteOnce", "ReadWriteMany")
                .endSpec());
        claim("red", "1Gi", claim -> claim.editSpec()
                .withNewSelector()
                .addToMatchLabels("colour", "red")
                .endSelector()
                .endSpec());
        claim("shared", "1Gi", claim -> claim.editSpec()
                .withAccessModes("ReadWriteMany")
                .endSpec());

        work();

        assertThat(volumeOf("red")).isEqualTo("red");
        assertThat(volumeOf("shared")).isEqualTo("many");
    }

    @Test
    void whatIsKeptForAClaimIsTakenByItAndBySomebodyWhoNamesIt() {
        volume("kept", "5Gi", volume -> volume.editSpec()
                .withNewClaimRef()
                .withNamespace("ns")
                .withName("c")
                .endClaimRef()
                .endSpec());
        volume("named", "1Gi", volume -> {});
        volume("small", "1Gi", volume -> {});
        claim("c", "1Gi", claim -> {});
        claim("d", "1Gi", claim -> claim.editSpec().withVolumeName("named").endSpec());

        work();

        assertThat(volumeOf("c")).isEqualTo("kept");
        assertThat(claimPhase("d")).isEqualTo("Bound");
        assertThat(volumePhase("named")).isEqualTo("Bound");
        assertThat(volumePhase("small")).isEqualTo("Available");
    }

    @Test
    void aLateClassWaitsForTheVolumeThatTheSchedulerKeepsForIt() {
        classes.put(new StorageClassBuilder()
                .withNewMetadata()
                .withName("late")
                .endMetadata()
                .withProvisioner("kubernetes.io/no-provisioner")
                .withVolumeBindingMode("WaitForFirstConsumer")
                .build());
        for (String node : new String[] {"n1", "n2"}) {
            nodes.put(new NodeBuilder()
                    .withNewMetadata()
                    .withName(node)
                    .addToLabels("kubernetes.io/hostname", node)
                    .endMetadata()
                    .build());
            volume("on-" + node, "1Gi", volume -> volume.editSpec()
                    .withStorageClassName("late")
                    .withNewNodeAffinity()
                    .withNewRequired()
                    .addNewNodeSelectorTerm()
                    .addNewMatchExpression()
                    .withKey("kubernetes.io/hostname")
                    .withOperator("In")
                    .withValues(node)
                    .endMatchExpression()
                    .endNodeSelectorTerm()
                    .endRequired()
                    .endNodeAffinity()
                    .endSpec());
        }
        claim("c", "1Gi", claim -> claim.editSpec().withStorageClassName("late").endSpec());
        work();
        assertThat(claimPhase("c")).isEqualTo("Pending");
        assertThat(cluster.takeEvents())
                .contains("Normal WaitForFirstConsumer waiting for first consumer to be created before binding");

        consumer("p", "");
        work();
        assertThat(claimPhase("c")).isEqualTo("Pending");
        assertThat(cluster.takeEvents()).contains("Normal WaitForPodScheduled waiting for pod p to be scheduled");

        // as the scheduler does
        volumes.put(new PersistentVolumeBuilder(volumes.require("", "on-n2"))
                .editSpec()
                .withNewClaimRef()
                .withNamespace("ns")
                .withName("c")
                .withUid(claims.require("ns", "c").getMetadata().getUid())
                .endClaimRef()
                .endSpec()
                .build());
        work();

        assertThat(volumeOf("c")).isEqualTo("on-n2");
    }

    @Test
    void aClaimWhoseVolumeIsGoneIsLost() {
        volume("v", "1Gi", volume -> {});
        claim("c", "1Gi", claim -> {});
        work();
        volumes.remove(ObjectKey.clusterScoped("v"));

        work();

        assertThat(claimPhase("c")).isEqualTo("Lost");
    }

    @Test
    void nothingIsWrittenTwice() {
        volume("v", "1Gi", volume -> {});
        claim("c", "1Gi", claim -> {});
        work();
        claims.takeWrites();
        volumes.takeWrites();

        work();

        assertThat(claims.takeWrites()).isEmpty();
        assertThat(volumes.takeWrites()).isEmpty();
    }
}
