package io.kybern.workload.core.volumes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.kybern.controller.client.ObjectApi;
import io.kybern.events.Informer;

/**
 * What the binder reads and writes.
 *
 * @param pods the cache of the pods, with the index {@link #BY_CLAIM}
 */
public record VolumeAccess(
        Informer<PersistentVolumeClaim> claims,
        Informer<PersistentVolume> volumes,
        Informer<StorageClass> classes,
        Informer<Pod> pods,
        Informer<Node> nodes,
        Writes writes) {

    /** The index of pods by the claims that they name: {@code <namespace>/<claim>}. */
    public static final String BY_CLAIM = "claim";

    /** Where changes go. */
    public record Writes(ObjectApi<PersistentVolumeClaim> claims, ObjectApi<PersistentVolume> volumes) {}
}
