package io.kybern.scheduler.core.framework;

import java.util.Map;
import java.util.stream.Collectors;

/** The sentence that says how many nodes refused a pod for which reason. */
public final class FitMessage {

    private FitMessage() {}

    /**
     * For example {@code 0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.}
     *
     * @param nodes how many nodes there are
     * @param reasons how often each reason was given; a reason with count zero is left out
     */
    public static String of(int nodes, Map<String, Long> reasons) {
        String list = reasons.entrySet().stream()
                .filter(e -> e.getValue() > 0)
                .map(e -> e.getValue() + " " + e.getKey())
                .sorted()
                .collect(Collectors.joining(", "));
        return list.isEmpty() ? of(nodes, "") : of(nodes, list);
    }

    static String of(int nodes, String reason) {
        String start = "0/" + nodes + " nodes are available:";
        return reason.isEmpty() ? start : start + " " + reason + ".";
    }
}
