package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ContainerUser;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pod's worker knows besides the spec and the engine's view; all that its status needs.
 *
 * @param hostIps the node's addresses
 * @param podIps the pod's addresses
 * @param startedAt when the node accepted the pod
 * @param waiting why containers wait, by name
 * @param verdict set when the pod was refused, evicted or ran out of time: its reason and message
 * @param resize what becomes of a wish for other resources
 * @param users as whom containers run, by their ids
 * @param over whether nothing of the pod runs or will run again
 */
record PodRecord(
        List<String> hostIps,
        List<String> podIps,
        @Nullable Instant startedAt,
        Map<String, Waiting> waiting,
        @Nullable FailureVerdict verdict,
        PodResizes.News resize,
        Map<String, ContainerUser> users,
        boolean over) {

    PodRecord {
        hostIps = List.copyOf(hostIps);
        podIps = List.copyOf(podIps);
        waiting = Map.copyOf(waiting);
        users = Map.copyOf(users);
    }

    /** Why a container waits. */
    record Waiting(String reason, String message) {}

    /**
     * Why the pod as a whole failed.
     *
     * @param disrupted whether the node ended it for reasons of its own, which its status tells others
     */
    record FailureVerdict(String reason, String message, boolean disrupted) {

        FailureVerdict(String reason, String message) {
            this(reason, message, false);
        }
    }
}
