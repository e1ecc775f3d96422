package io.kybern.scheduler.core.framework;

import java.util.List;

/**
 * Why a plugin refuses a node, or the pod altogether.
 *
 * @param plugin the plugin that refuses
 * @param kind whether removing other pods could help
 * @param reasons what the user reads, in Kubernetes' words; each is counted over the nodes
 */
public record Rejection(String plugin, Kind kind, List<String> reasons) {

    public Rejection {
        reasons = List.copyOf(reasons);
    }

    /** Refused, but removing other pods could help. */
    public static Rejection unschedulable(String plugin, String... reasons) {
        return new Rejection(plugin, Kind.UNSCHEDULABLE, List.of(reasons));
    }

    /** Refused, whatever other pods do. */
    public static Rejection unresolvable(String plugin, String... reasons) {
        return new Rejection(plugin, Kind.UNRESOLVABLE, List.of(reasons));
    }

    /** Whether preemption can do anything about it. */
    public enum Kind {
        UNSCHEDULABLE,
        UNRESOLVABLE
    }
}
