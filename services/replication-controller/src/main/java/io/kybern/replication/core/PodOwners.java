package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The owners that a change of a pod concerns: the one it has, the one it had, or those that could adopt it. */
public final class PodOwners<O extends HasMetadata> {

    private final ReplicaKind<O> kind;
    private final Informer<O> owners;

    public PodOwners(ReplicaKind<O> kind, Informer<O> owners) {
        this.kind = kind;
        this.owners = owners;
    }

    /** Their keys. */
    public Collection<ObjectKey> of(ObjectChange<Pod> change) {
        Set<ObjectKey> keys = new LinkedHashSet<>();
        change.states().forEach(pod -> collect(pod, keys));
        return keys;
    }

    private void collect(Pod pod, Set<ObjectKey> keys) {
        Optional<OwnerReference> reference = Owners.controllerOf(pod);
        String namespace = pod.getMetadata().getNamespace();
        if (reference.isPresent()) {
            OwnerReference owner = reference.get();
            if (owner.getKind().equals(kind.kind()) && owner.getApiVersion().equals(kind.apiVersion())) {
                keys.add(new ObjectKey(namespace, owner.getName()));
            }
            return;
        }
        for (O owner : owners.byNamespace(namespace)) {
            if (kind.spec(owner).selector().matches(Owners.labels(pod))) {
                keys.add(ObjectKeys.of(owner));
            }
        }
    }
}
