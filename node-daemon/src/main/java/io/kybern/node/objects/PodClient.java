package io.kybern.node.objects;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Optional;

/** What the node writes about its pods. Calls block; safe to call from any thread. */
public interface PodClient {

    /**
     * Brings the pod's status to the given one. Conditions that the new status does not name stay.
     *
     * @param base the newest state known of the pod
     * @return the pod after the write; empty when this incarnation of it is gone
     * @throws ObjectUnavailableException when the write may succeed later, or was {@link ObjectUnavailableException#refused() refused}
     */
    Optional<Pod> writeStatus(Pod base, PodStatus status) throws ObjectUnavailableException;

    /** Removes the object of a pod that asked to be deleted and of which nothing runs any more; one that is gone is fine. */
    void confirmDeletion(Pod pod) throws ObjectUnavailableException;
}
