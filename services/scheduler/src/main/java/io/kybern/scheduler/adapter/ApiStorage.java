package io.kybern.scheduler.adapter;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.model.VolumeMatch;
import io.kybern.events.Informer;
import io.kybern.scheduler.core.volumes.Storage;
import java.util.Collection;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** The caches of the process, and the API server for the writes. */
public final class ApiStorage implements Storage {

    private final Informer<PersistentVolumeClaim> claims;
    private final Informer<PersistentVolume> volumes;
    private final Informer<StorageClass> classes;
    private final ObjectApi<PersistentVolumeClaim> claimWrites;
    private final ObjectApi<PersistentVolume> volumeWrites;

    /** Reads and writes through these. */
    public ApiStorage(Informers informers, ObjectApis apis) {
        this.claims = informers.persistentVolumeClaims();
        this.volumes = informers.persistentVolumes();
        this.classes = informers.of("storage.k8s.io", "v1", "storageclasses", StorageClass.class);
        this.claimWrites = apis.persistentVolumeClaims();
        this.volumeWrites = apis.of("", "v1", "persistentvolumes", PersistentVolume.class);
    }

    @Override
    public Optional<PersistentVolumeClaim> claim(ObjectKey key) {
        return claims.get(key);
    }

    @Override
    public Optional<PersistentVolume> volume(String name) {
        return volumes.get(ObjectKey.clusterScoped(name));
    }

    @Override
    public Collection<PersistentVolume> volumes() {
        return volumes.list();
    }

    @Override
    public Optional<StorageClass> storageClass(String name) {
        return classes.get(ObjectKey.clusterScoped(name));
    }

    @Override
    public long keep(PersistentVolume volume, PersistentVolumeClaim claim) {
        return volumeWrites.update(VolumeMatch.given(volume, claim)).revision();
    }

    /** A patch, because the claim's binder writes at the same time; for this very claim and no later one of its name. */
    @Override
    public long selectNode(PersistentVolumeClaim claim, String node) {
        ObjectNode patch = Json.object();
        ObjectNode metadata = patch.putObject("metadata");
        metadata.put("uid", claim.getMetadata().getUid());
        metadata.putObject("annotations").put(VolumeMatch.SELECTED_NODE, node);
        return claimWrites
                .patch(ObjectKeys.of(claim), PatchType.MERGE, Json.string(patch))
                .revision();
    }
}
