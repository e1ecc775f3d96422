package io.kybern.scheduler.core.volumes;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.api.ObjectKey;
import java.util.Collection;
import java.util.Optional;

/** Claims, volumes and classes as the caches know them, and the two writes that a placement makes. Safe for several threads. */
public interface Storage {

    /** The claim of that name; empty if there is none. */
    Optional<PersistentVolumeClaim> claim(ObjectKey key);

    /** The volume of that name; empty if there is none. */
    Optional<PersistentVolume> volume(String name);

    /** All volumes. */
    Collection<PersistentVolume> volumes();

    /** The class of that name; empty if there is none. */
    Optional<StorageClass> storageClass(String name);

    /**
     * Keeps a free volume for a claim, if the volume is still in the given state. Blocks.
     *
     * @return the revision of the write
     */
    long keep(PersistentVolume volume, PersistentVolumeClaim claim);

    /**
     * Asks the claim's provisioner to make a volume for the node. Blocks.
     *
     * @return the revision of the write
     */
    long selectNode(PersistentVolumeClaim claim, String node);
}
