package io.kybern.node.objects;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the objects that this node's pods name contain. Reads are fresh (straight from the API server), because a
 * container that starts must see what was written before its pod was. Safe to call from any thread; calls block.
 */
public interface ReferencedObjects {

    /** The ConfigMap, or empty when there is none. */
    Optional<ConfigMap> configMap(String namespace, String name) throws ObjectUnavailableException;

    /** The Secret, or empty when there is none. */
    Optional<Secret> secret(String namespace, String name) throws ObjectUnavailableException;

    /** The claim on a volume, or empty when there is none. */
    Optional<PersistentVolumeClaim> claim(String namespace, String name) throws ObjectUnavailableException;

    /** The volume, or empty when there is none. */
    Optional<PersistentVolume> persistentVolume(String name) throws ObjectUnavailableException;

    /** What containers of a runtime class are run with, or empty when there is no such class. */
    default Optional<String> runtimeHandler(String runtimeClass) throws ObjectUnavailableException {
        return Optional.empty();
    }

    /** The Services of a namespace as far as this node has heard of them. */
    Collection<Service> services(String namespace);

    /**
     * A token of the pod's service account, bound to the pod.
     *
     * @param audience whom it is for; null for the API server
     */
    BoundToken token(Pod pod, @Nullable String audience, Duration lifetime) throws ObjectUnavailableException;

    /** What a container's image may be fetched with: the contents of the pod's pull secrets that exist. */
    default List<Secret> pullSecrets(Pod pod) {
        return List.of();
    }
}
