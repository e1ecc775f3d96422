package io.kybern.nodelifecycle.core;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import io.kybern.events.Informer;
import io.kybern.events.ObjectChange;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Keeps the number of pods that have ended within bounds: the oldest go first. It has one key only, {@link #ALL}. */
public final class EndedPodsReconciler implements Reconciler {

    /** Stands for all pods of the cluster. */
    public static final ObjectKey ALL = ObjectKey.clusterScoped("ended-pods");

    private final Informer<Pod> pods;
    private final ObjectApi<Pod> api;
    private final int threshold;

    /** @param threshold how many ended pods are kept; 0 keeps all */
    public EndedPodsReconciler(Informer<Pod> pods, ObjectApi<Pod> api, int threshold) {
        this.pods = pods;
        this.api = api;
        this.threshold = threshold;
    }

    /** A pod that ends asks for a pass. */
    public static Collection<ObjectKey> concerned(ObjectChange<Pod> change) {
        Pod after = change.after();
        return after != null && PodStates.hasEnded(after) ? List.of(ALL) : List.of();
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        if (threshold <= 0) {
            return Outcome.done();
        }
        List<Pod> ended = pods.list().stream()
                .filter(pod -> PodStates.hasEnded(pod) && !Owners.isTerminating(pod))
                .sorted(Comparator.comparing(
                                (Pod pod) -> PodStates.instant(pod.getMetadata().getCreationTimestamp()))
                        .thenComparing(ObjectKeys::of))
                .toList();
        for (Pod pod : ended.subList(0, Math.max(0, ended.size() - threshold))) {
            try {
                api.delete(
                        ObjectKeys.of(pod),
                        DeleteRequest.ofUid(pod.getMetadata().getUid()).now());
            } catch (ApiFailure failure) {
                if (!failure.isNotFound() && !failure.isConflict()) {
                    throw failure;
                }
            }
        }
        return Outcome.done();
    }
}
