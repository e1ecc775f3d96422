package io.kybern.scheduler.core;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.VolumeMatch;
import io.kybern.scheduler.core.volumes.Storage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Claims and volumes in memory; a claim is bound when the test says so. */
public final class FakeStorage implements Storage {

    public final List<String> writes = new ArrayList<>();

    @Nullable
    RuntimeException refuseWrites;

    private final Map<ObjectKey, PersistentVolumeClaim> claims = new LinkedHashMap<>();
    private final Map<String, PersistentVolume> volumes = new LinkedHashMap<>();
    private final Map<String, StorageClass> classes = new LinkedHashMap<>();
    private long revision = 1;

    /** A class whose claims wait for their consumer. */
    public void lateClass(String name, String provisioner) {
        storageClass(name, provisioner, VolumeMatch.LATE);
    }

    public void storageClass(String name, String provisioner, String mode) {
        classes.put(
                name,
                new StorageClassBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withProvisioner(provisioner)
                        .withVolumeBindingMode(mode)
                        .build());
    }

    public void claim(String name, String storageClass) {
        claim(name, storageClass, claim -> {});
    }

    public void claim(String name, String storageClass, Consumer<PersistentVolumeClaimBuilder> more) {
        PersistentVolumeClaimBuilder claim = new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .withUid("uid-" + name)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withStorageClassName(storageClass)
                .withNewResources()
                .addToRequests("storage", new Quantity("1Gi"))
                .endResources()
                .endSpec();
        more.accept(claim);
        put(claim.build());
    }

    public void put(PersistentVolumeClaim claim) {
        claims.put(
                new ObjectKey("default", claim.getMetadata().getName()),
                new PersistentVolumeClaimBuilder(claim)
                        .editMetadata()
                        .withResourceVersion(String.valueOf(++revision))
                        .endMetadata()
                        .build());
    }

    public void remove(String claim) {
        claims.remove(new ObjectKey("default", claim));
    }

    public PersistentVolumeClaim get(String claim) {
        return claim(new ObjectKey("default", claim)).orElseThrow();
    }

    /** A volume that the node of that name reaches. */
    public void volume(String name, String storageClass, String node) {
        volumes.put(
                name,
                new PersistentVolumeBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withAccessModes("ReadWriteOnce", "ReadWriteOncePod")
                        .withStorageClassName(storageClass)
                        .addToCapacity("storage", new Quantity("1Gi"))
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
                        .endSpec()
                        .build());
    }

    /** Both sides of a binding, as the binder of claims writes them. */
    public void bind(String claim, String volume) {
        keepFor(volume, get(claim));
        put(new PersistentVolumeClaimBuilder(get(claim))
                .editMetadata()
                .addToAnnotations(VolumeMatch.BIND_COMPLETED, "yes")
                .endMetadata()
                .editSpec()
                .withVolumeName(volume)
                .endSpec()
                .build());
    }

    private void keepFor(String volume, PersistentVolumeClaim claim) {
        volumes.computeIfPresent(volume, (name, found) -> new PersistentVolumeBuilder(found)
                .editSpec()
                .withNewClaimRef()
                .withNamespace("default")
                .withName(claim.getMetadata().getName())
                .withUid(claim.getMetadata().getUid())
                .endClaimRef()
                .endSpec()
                .build());
    }

    @Override
    public Optional<PersistentVolumeClaim> claim(ObjectKey key) {
        return Optional.ofNullable(claims.get(key));
    }

    @Override
    public Optional<PersistentVolume> volume(String name) {
        return Optional.ofNullable(volumes.get(name));
    }

    @Override
    public Collection<PersistentVolume> volumes() {
        return volumes.values();
    }

    @Override
    public Optional<StorageClass> storageClass(String name) {
        return Optional.ofNullable(classes.get(name));
    }

    @Override
    public long keep(PersistentVolume volume, PersistentVolumeClaim claim) {
        refuse();
        writes.add("keep " + volume.getMetadata().getName() + " for "
                + claim.getMetadata().getName());
        keepFor(volume.getMetadata().getName(), claim);
        return ++revision;
    }

    @Override
    public long selectNode(PersistentVolumeClaim claim, String node) {
        refuse();
        writes.add("make " + claim.getMetadata().getName() + " on " + node);
        put(new PersistentVolumeClaimBuilder(get(claim.getMetadata().getName()))
                .editMetadata()
                .addToAnnotations(VolumeMatch.SELECTED_NODE, node)
                .endMetadata()
                .build());
        return revision;
    }

    private void refuse() {
        if (refuseWrites != null) {
            throw refuseWrites;
        }
    }
}
