package io.kybern.node.pods;

import java.util.Map;
import java.util.Optional;

/**
 * Whose log a container of the engine writes.
 *
 * @param namespace the pod's namespace
 * @param pod the pod's name
 * @param uid the pod's id
 * @param container the container's name in the pod
 * @param attempt how often it was started before
 */
public record LoggedContainer(String namespace, String pod, String uid, String container, int attempt) {

    /** The labels of all containers of a node. */
    public static Map<String, String> labelsOf(String node) {
        return Map.of(PodLabels.NODE, node);
    }

    /** By the labels of a container; empty for sandboxes and for what belongs to no pod. */
    public static Optional<LoggedContainer> of(Map<String, String> labels) {
        String container = labels.get(PodLabels.CONTAINER);
        String uid = labels.get(PodLabels.UID);
        if (container == null || uid == null) {
            return Optional.empty();
        }
        return Optional.of(new LoggedContainer(
                labels.getOrDefault(PodLabels.NAMESPACE, ""),
                labels.getOrDefault(PodLabels.NAME, ""),
                uid,
                container,
                Integer.parseInt(labels.getOrDefault(PodLabels.ATTEMPT, "0"))));
    }
}
