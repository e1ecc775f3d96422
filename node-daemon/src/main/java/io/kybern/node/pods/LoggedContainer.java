package io.kybern.node.pods;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

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

    private static final Pattern ATTEMPTS = Pattern.compile("\\d{1,9}");

    /** The labels of all containers of a node. */
    public static Map<String, String> labelsOf(String node) {
        return Map.of(PodLabels.NODE, node);
    }

    /** By the labels of a container; empty for sandboxes, for those of other nodes, and for what belongs to no pod. */
    public static Optional<LoggedContainer> of(String node, Map<String, String> labels) {
        String container = labels.get(PodLabels.CONTAINER);
        String uid = labels.get(PodLabels.UID);
        String attempt = labels.getOrDefault(PodLabels.ATTEMPT, "0");
        // whoever may ask the engine may label what they like
        if (container == null
                || uid == null
                || !node.equals(labels.get(PodLabels.NODE))
                || !ATTEMPTS.matcher(attempt).matches()) {
            return Optional.empty();
        }
        return Optional.of(new LoggedContainer(
                labels.getOrDefault(PodLabels.NAMESPACE, ""),
                labels.getOrDefault(PodLabels.NAME, ""),
                uid,
                container,
                Integer.parseInt(attempt)));
    }
}
