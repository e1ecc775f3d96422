package io.kybern.deployment.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The Deployments that a change of a ReplicaSet or of a pod concerns. */
public final class DeploymentOwners {

    private final Informer<Deployment> deployments;
    private final Informer<ReplicaSet> sets;

    public DeploymentOwners(Informer<Deployment> deployments, Informer<ReplicaSet> sets) {
        this.deployments = deployments;
        this.sets = sets;
    }

    /** The Deployment that a ReplicaSet has or had, or those that could adopt it. */
    public Collection<ObjectKey> ofSet(ObjectChange<ReplicaSet> change) {
        Set<ObjectKey> keys = new LinkedHashSet<>();
        change.states().forEach(set -> collect(set, keys));
        return keys;
    }

    private void collect(ReplicaSet set, Set<ObjectKey> keys) {
        if (Owners.controllerOf(set).isPresent()) {
            owner(set, "Deployment").ifPresent(keys::add);
            return;
        }
        for (Deployment deployment : deployments.byNamespace(set.getMetadata().getNamespace())) {
            if (Selectors.of(deployment.getSpec().getSelector()).matches(Owners.labels(set))) {
                keys.add(ObjectKeys.of(deployment));
            }
        }
    }

    /** Only the end of a pod concerns a Deployment: Recreate waits for it. */
    public Collection<ObjectKey> ofPod(ObjectChange<Pod> change) {
        Pod before = change.before();
        if (change.after() != null || before == null) {
            return List.of();
        }
        return owner(before, "ReplicaSet")
                .flatMap(sets::get)
                .flatMap(set -> owner(set, "Deployment"))
                .map(List::of)
                .orElse(List.of());
    }

    private static Optional<ObjectKey> owner(HasMetadata object, String kind) {
        return Owners.controllerOf(object)
                .filter(owner -> owner.getKind().equals(kind))
                .map(OwnerReference::getName)
                .map(name -> new ObjectKey(object.getMetadata().getNamespace(), name));
    }
}
