package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodRanking;
import io.kybern.controller.model.PodStates;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Decides, without side effects, which pods belong to an owner, and which are to be created or deleted.
 *
 * <p>Follows "ReplicaSet: how a ReplicaSet works" and "Controllers and adoption" of the Kubernetes documentation.
 */
final class ReplicaPlanner {

    /** More at once would flood the API server; the rest follows in the next pass. */
    static final int BURST = 500;

    private ReplicaPlanner() {}

    /**
     * Sorts out whose pods are whose. Only active pods are claimed; an owner that is being deleted takes and gives nothing.
     *
     * @param owned the pods that name the owner as their controller
     * @param orphans pods of the namespace without a controller
     */
    static PodClaims claim(ReplicaSpec spec, boolean terminating, Collection<Pod> owned, Collection<Pod> orphans) {
        List<Pod> kept = new ArrayList<>();
        List<Pod> released = new ArrayList<>();
        for (Pod pod : owned) {
            if (!PodStates.isActive(pod)) {
                continue;
            }
            if (spec.selector().matches(Owners.labels(pod))) {
                kept.add(pod);
            } else if (!terminating) {
                released.add(pod);
            }
        }
        List<Pod> adopted = new ArrayList<>();
        if (!terminating) {
            for (Pod pod : orphans) {
                if (PodStates.isActive(pod) && spec.selector().matches(Owners.labels(pod))) {
                    adopted.add(pod);
                }
            }
        }
        return new PodClaims(kept, adopted, released);
    }

    /**
     * Plans creation or deletion.
     *
     * @param pods the active pods of the owner
     * @param related the active pods of all owners with the same controller, such as those of one Deployment
     */
    static ReplicaAction scale(ReplicaSpec spec, Collection<Pod> pods, Collection<Pod> related, Instant now) {
        int difference = pods.size() - spec.replicas();
        String numbers = "have " + pods.size() + " of " + spec.replicas() + " pods";
        if (difference < 0) {
            return new ReplicaAction.Create(Math.min(-difference, BURST), numbers);
        }
        if (difference > 0) {
            int count = Math.min(difference, BURST);
            List<Pod> victims = count == pods.size()
                    ? List.copyOf(pods)
                    : new PodRanking(related, now).ranked(pods).subList(0, count);
            return new ReplicaAction.Delete(victims, numbers);
        }
        return new ReplicaAction.Nothing(numbers);
    }
}
