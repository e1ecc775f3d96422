package io.kybern.workload.core.volumes;

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

/** Claims, volumes and what works on both, without a server. */
abstract class VolumeTest {

    final FakeCluster cluster = new FakeCluster();
    final List<String> removed = new ArrayList<>();
    final FakeObjects<PersistentVolumeClaim> claims =
            cluster.objects("", "v1", "persistentvolumeclaims", PersistentVolumeClaim.class);
    final FakeObjects<PersistentVolume> volumes =
            cluster.objects("", "v1", "persistentvolumes", PersistentVolume.class);
    final FakeObjects<StorageClass> classes =
            cluster.objects("storage.k8s.io", "v1", "storageclasses", StorageClass.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    final FakeObjects<Node> nodes = cluster.objects("", "v1", "nodes", Node.class);
    final VolumeAccess access = new VolumeAccess(
            claims.informer(),
            volumes.informer(),
            classes.informer(),
            pods.informer().addIndex(VolumeAccess.BY_CLAIM, ClaimReconciler::claimsOf),
            nodes.informer(),
            new VolumeAccess.Writes(claims, volumes));
    final WriteFence fence = new WriteFence(cluster.clock());
    final ClaimReconciler binder = new ClaimReconciler(access, fence, cluster.recorder());
    final VolumeReconciler reclaimer = new VolumeReconciler(
            access, fence, cluster.recorder(), cluster.clock(), (node, volume) -> removed.add(node + " " + volume));

    void volume(String name, String size, Consumer<PersistentVolumeBuilder> more) {
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

    void claim(String name, String size, Consumer<PersistentVolumeClaimBuilder> more) {
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

    void work() {
        for (int pass = 0; pass < 3; pass++) {
            claims.all()
                    .forEach(claim -> binder.reconcile(
                            new ObjectKey("ns", claim.getMetadata().getName())));
            volumes.all()
                    .forEach(volume -> reclaimer.reconcile(
                            ObjectKey.clusterScoped(volume.getMetadata().getName())));
        }
    }

    String claimPhase(String name) {
        return claims.require("ns", name).getStatus().getPhase();
    }

    String volumeOf(String claim) {
        return claims.require("ns", claim).getSpec().getVolumeName();
    }

    String volumePhase(String name) {
        return volumes.require("", name).getStatus().getPhase();
    }

    void node(String name) {
        nodes.put(new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("kubernetes.io/hostname", name)
                .endMetadata()
                .build());
    }

    void consumer(String name, String node) {
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

    void select(String claim, String node) {
        claims.put(new PersistentVolumeClaimBuilder(claims.require("ns", claim))
                .editMetadata()
                .addToAnnotations("volume.kubernetes.io/selected-node", node)
                .endMetadata()
                .build());
    }

    void standardClass() {
        classes.put(new StorageClassBuilder()
                .withNewMetadata()
                .withName("standard")
                .endMetadata()
                .withProvisioner("kybern.io/local-path")
                .withReclaimPolicy("Delete")
                .withVolumeBindingMode("WaitForFirstConsumer")
                .build());
    }
}
