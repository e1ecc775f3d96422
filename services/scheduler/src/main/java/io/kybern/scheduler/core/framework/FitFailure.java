package io.kybern.scheduler.core.framework;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Why a pod was not placed.
 *
 * @param nodes how many nodes there are
 * @param verdicts why each node was refused that was looked at
 * @param others why the nodes were ruled out that were not looked at, null if there are none
 * @param beforeNodes the refusal by a PreFilter plugin, null if nodes were looked at
 * @param postFilter what the PostFilter plugins add to the message, may be empty
 * @param plugins the plugins that refused; an event that none of them cares for cannot help
 */
public record FitFailure(
        int nodes,
        Map<String, Rejection> verdicts,
        @Nullable String others,
        @Nullable Rejection beforeNodes,
        String postFilter,
        Set<String> plugins) {

    /** What is said when the cluster has no node at all. */
    private static final String NO_NODES = "no nodes available to schedule pods";

    public FitFailure {
        verdicts = Map.copyOf(verdicts);
        plugins = Set.copyOf(plugins);
    }

    /** There is no node at all: any new node may help. */
    static FitFailure noNodes() {
        return new FitFailure(0, Map.of(), null, null, "", Set.of());
    }

    FitFailure withPostFilter(String message) {
        return new FitFailure(nodes, verdicts, others, beforeNodes, message, plugins);
    }

    /** The message of the pod's event and condition. */
    public String message() {
        if (nodes == 0) {
            return NO_NODES;
        }
        String message;
        if (beforeNodes != null) {
            message = FitMessage.of(nodes, String.join(", ", beforeNodes.reasons()));
        } else {
            Map<String, Long> reasons = new TreeMap<>();
            for (Rejection verdict : verdicts.values()) {
                verdict.reasons().forEach(reason -> reasons.merge(reason, 1L, Long::sum));
            }
            if (others != null && verdicts.size() < nodes) {
                reasons.merge(others, (long) nodes - verdicts.size(), Long::sum);
            }
            message = FitMessage.of(nodes, reasons);
        }
        return postFilter.isEmpty() ? message : message + " " + postFilter;
    }
}
