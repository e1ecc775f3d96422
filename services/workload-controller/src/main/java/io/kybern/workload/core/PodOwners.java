package io.kybern.workload.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The workloads of one kind that a change of a pod or a revision concerns: its owner, or those that could adopt it. */
public final class PodOwners<O extends HasMetadata> {

    private final String kind;
    private final Informer<O> owners;
    private final Function<O, LabelSelector> selector;

    /**
     * @param kind of the workloads, in the group apps
     * @param selector what a workload selects
     */
    public PodOwners(String kind, Informer<O> owners, Function<O, LabelSelector> selector) {
        this.kind = kind;
        this.owners = owners;
        this.selector = selector;
    }

    /** Their keys. */
    public <T extends HasMetadata> Collection<ObjectKey> of(ObjectChange<T> change) {
        Set<ObjectKey> keys = new LinkedHashSet<>();
        change.states().forEach(object -> collect(object, keys));
        return keys;
    }

    private void collect(HasMetadata object, Set<ObjectKey> keys) {
        String namespace = object.getMetadata().getNamespace();
        Optional<OwnerReference> owner = Owners.controllerOf(object);
        if (owner.isPresent()) {
            if (owner.get().getKind().equals(kind)
                    && owner.get().getApiVersion().equals("apps/v1")) {
                keys.add(new ObjectKey(namespace, owner.get().getName()));
            }
            return;
        }
        for (O candidate : owners.byNamespace(namespace)) {
            if (selector.apply(candidate).matches(Owners.labels(object))) {
                keys.add(ObjectKeys.of(candidate));
            }
        }
    }
}
