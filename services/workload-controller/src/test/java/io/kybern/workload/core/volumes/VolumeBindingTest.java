package io.kybern.workload.core.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.WriteFence;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VolumeBindingTest {

    private final FakeCluster cluster = new FakeCluster();
    private final List<String> removed = new ArrayList<>();
    private final FakeObjects<PersistentVolumeClaim> claims =
            cluster.objects("", "v1", "persistentvolumeclaims", PersistentVolumeClaim.class);
    private final FakeObjects<PersistentVolume> volumes =
            cluster.objects("", "v1", "persistentvolumes", PersistentVolume.class);
    private final FakeObjects<StorageClass> classes =
            cluster.objects("storage.k8s.io", "v1", "storageclasses", StorageClass.class);
    private final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    private final FakeObjects<Node> nodes = cluster.objects("", "v1", "nodes", Node.class);
    private final VolumeAccess access = new VolumeAccess(
            claims.informer(),
            volumes.informer(),
            classes.informer(),
            pods.informer().addIndex(VolumeAccess.BY_CLAIM, ClaimReconciler::claimsOf),
            nodes.informer(),
            new VolumeAccess.Writes(claims, volumes));
    private final WriteFence fence = new WriteFence(cluster.clock());
    private final ClaimReconciler binder = new ClaimReconciler(access, fence, cluster.recorder());
    private final VolumeReconciler reclaimer = new VolumeReconciler(
            access, fence, cluster.recorder(), cluster.clock(), (node, volume) -> removed.add(node + " " + volume));

    private void volume(String name, String size, Consumer<PersistentVolumeBuilder> more) {
        PersistentVolumeBuilder volume = new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addToCapacity("storage", new Quantity(size))
                .withAccessModes("ReadWriteOnce")
                .withPersistentVolumeReclaimPolicy("Retain")
                .endSpec();
        more.accept(volume);
        volumes.put(volume.build());
    }

    private void claim(String name, String size, Consumer<PersistentVolumeClaimBuilder> more) {
        PersistentVolumeClaimBuilder claim = new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withNewResources()
                .addToRequests("storage", new Quantity(size))
                .endResources()
                .endSpec();
        more.accept(claim);
        claims.put(claim.build());
    }

    private void work() {
        for (int pass = 0; pass < 3; pass++) {
            claims.all()
                    .forEach(claim -> binder.reconcile(
                            new ObjectKey("ns", claim.getMetadata().getName())));
            volumes.all()
                    .forEach(volume -> reclaimer.reconcile(
                            ObjectKey.clusterScoped(volume.getMetadata().getName())));
        }
    }

    private String claimPhase(String name) {
        return claims.require("ns", name).getStatus().getPhase();
    }

    private String volumeOf(String claim) {
        return claims.require("ns", claim).getSpec().getVolumeName();
    }

    private String volumePhase(String name) {
        return volumes.require("", name).getStatus().getPhase();
    }

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

    private void node(String name) {
        nodes.put(new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("kubernetes.io/hostname", name)
                .endMetadata()
                .build());
    }

    private void consumer(String name, String node) {
        pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .addNewVolume()
                .withName("v")
                .withNewPersistentVolumeClaim("c", false)
                .endVolume()
                .endSpec()
                .build());
    }

    private void select(String claim, String node) {
        claims.put(new PersistentVolumeClaimBuilder(claims.require("ns", claim))
                .editMetadata()
                .addToAnnotations("volume.kubernetes.io/selected-node", node)
                .endMetadata()
                .build());
    }

    private void standardClass() {
        classes.put(new StorageClassBuilder()
                .withNewMetadata()
                .withName("standard")
                .endMetadata()
                .withProvisioner("kybern.io/local-path")
                .withReclaimPolicy("Delete")
                .withVolumeBindingMode("WaitForFirstConsumer")
                .build());
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
