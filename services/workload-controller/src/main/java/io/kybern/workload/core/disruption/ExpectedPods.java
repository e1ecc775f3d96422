package io.kybern.workload.core.disruption;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.kybern.api.ObjectKey;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.ToIntFunction;

/** How many pods the owners of some pods want together. */
public final class ExpectedPods {

    private final Caches caches;
    private final Scales scales;

    /** The owners that are known without asking. */
    public record Caches(
            Informer<Deployment> deployments,
            Informer<ReplicaSet> replicaSets,
            Informer<StatefulSet> statefulSets,
            Informer<ReplicationController> replicationControllers) {}

    public ExpectedPods(Caches caches, Scales scales) {
        this.caches = caches;
        this.scales = scales;
    }

    /**
     * What was found.
     *
     * @param count what all owners want
     * @param unmanaged the pods that nobody wants, by name; they do not count
     */
    record Expected(int count, List<String> unmanaged) {}

    private record Owner(String uid, int replicas) {}

    Expected of(Collection<Pod> pods) {
        List<String> unmanaged = new ArrayList<>();
        Set<String> asked = new HashSet<>();
        Set<String> counted = new HashSet<>();
        int count = 0;
        for (Pod pod : pods) {
            Optional<OwnerReference> reference = Owners.controllerOf(pod);
            if (reference.isEmpty()) {
                unmanaged.add(pod.getMetadata().getName());
            } else if (asked.add(reference.get().getUid())) {
                Owner owner = owner(pod.getMetadata().getNamespace(), reference.get())
                        .orElseThrow(() ->
                                Scales.NoScale.noController(pod.getMetadata().getName()));
                count += counted.add(owner.uid()) ? owner.replicas() : 0;
            }
        }
        return new Expected(count, unmanaged);
    }

    private Optional<Owner> owner(String namespace, OwnerReference reference) {
        boolean apps = reference.getApiVersion().startsWith("apps/");
        boolean core = reference.getApiVersion().equals("v1");
        if (apps && reference.getKind().equals("ReplicaSet")) {
            return replicaSet(namespace, reference);
        }
        if (apps && reference.getKind().equals("StatefulSet")) {
            return known(
                    caches.statefulSets(),
                    namespace,
                    reference,
                    set -> replicas(set.getSpec().getReplicas()));
        }
        if (core && reference.getKind().equals("ReplicationController")) {
            return known(
                    caches.replicationControllers(),
                    namespace,
                    reference,
                    controller -> replicas(controller.getSpec().getReplicas()));
        }
        OptionalInt replicas = scales.replicas(namespace, reference);
        return replicas.isPresent()
                ? Optional.of(new Owner(reference.getUid(), replicas.getAsInt()))
                : Optional.empty();
    }

    /** The Deployment of a ReplicaSet says what is wanted: during a rollout the sets have parts of it. */
    private Optional<Owner> replicaSet(String namespace, OwnerReference reference) {
        Optional<ReplicaSet> set = caches.replicaSets()
                .get(new ObjectKey(namespace, reference.getName()))
                .filter(found -> isSame(found, reference));
        Optional<OwnerReference> above = set.flatMap(Owners::controllerOf);
        if (above.isEmpty()) {
            return set.map(found ->
                    new Owner(reference.getUid(), replicas(found.getSpec().getReplicas())));
        }
        if (!above.get().getKind().equals("Deployment")) {
            return owner(namespace, above.get());
        }
        return known(
                caches.deployments(),
                namespace,
                above.get(),
                deployment -> replicas(deployment.getSpec().getReplicas()));
    }

    private static int replicas(@org.jspecify.annotations.Nullable Integer replicas) {
        return replicas == null ? 1 : replicas;
    }

    private static <T extends HasMetadata> Optional<Owner> known(
            Informer<T> cache, String namespace, OwnerReference reference, ToIntFunction<T> replicas) {
        return cache.get(new ObjectKey(namespace, reference.getName()))
                .filter(found -> isSame(found, reference))
                .map(found -> new Owner(reference.getUid(), replicas.applyAsInt(found)));
    }

    private static boolean isSame(HasMetadata object, OwnerReference reference) {
        return object.getMetadata().getUid().equals(reference.getUid());
    }
}
