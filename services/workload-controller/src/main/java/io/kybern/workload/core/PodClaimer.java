package io.kybern.workload.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Adoption;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Sorts out whose pods are whose: keeps what the selector matches, lets go what it no longer matches, and takes over what has no
 * controller. See "Controllers and adoption" of the Kubernetes documentation.
 */
public final class PodClaimer<O extends HasMetadata> {

    /** The index of the pod cache that finds pods without a controller by their namespace. */
    public static final String ORPHANS = "orphans";

    private final Informer<Pod> pods;
    private final ObjectApi<O> owners;
    private final Adoption<Pod> adoption;
    private final WriteFence fence;
    private final @Nullable String finalizer;

    /** @param finalizer that owned pods have; null if they have none */
    public PodClaimer(
            Informer<Pod> pods,
            ObjectApi<Pod> podApi,
            ObjectApi<O> owners,
            WriteFence fence,
            @Nullable String finalizer) {
        this.pods = pods;
        this.owners = owners;
        this.adoption = new Adoption<>(podApi);
        this.fence = fence;
        this.finalizer = finalizer;
    }

    /** The values that {@link #ORPHANS} finds a pod by. */
    public static Collection<String> orphanIndex(Pod pod) {
        return Owners.controllerOf(pod).isPresent()
                ? List.of()
                : List.of(pod.getMetadata().getNamespace());
    }

    /**
     * The owner's pods, ended or not.
     *
     * @param member what else a pod must be to belong to the owner
     */
    public List<Pod> claim(O owner, LabelSelector selector, Predicate<Pod> member) {
        ObjectKey key = ObjectKeys.of(owner);
        String uid = owner.getMetadata().getUid();
        boolean changing = !Owners.isTerminating(owner);
        List<Pod> claimed = new ArrayList<>();
        for (Pod pod : pods.byIndex(Informers.BY_CONTROLLER, uid)) {
            if (selector.matches(Owners.labels(pod)) && member.test(pod)) {
                claimed.add(pod);
            } else if (changing && !Owners.isTerminating(pod)) {
                adoption.release(pod, uid, finalizer).ifPresent(written -> fence.wrote(key, pods, written.revision()));
            } else {
                claimed.add(pod);
            }
        }
        List<Pod> orphans = pods.byIndex(ORPHANS, key.namespace()).stream()
                .filter(pod -> changing && !Owners.isTerminating(pod))
                .filter(pod -> selector.matches(Owners.labels(pod)) && member.test(pod))
                .toList();
        if (!orphans.isEmpty() && Adoption.mayAdopt(owner, owners)) {
            for (Pod pod : orphans) {
                adoption.adopt(pod, Owners.controllerReference(owner), finalizer)
                        .ifPresent(written -> {
                            fence.wrote(key, pods, written.revision());
                            claimed.add(written.object());
                        });
            }
        }
        return claimed;
    }
}
