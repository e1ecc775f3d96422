package io.kybern.apiserver.discovery;

import java.util.Comparator;
import java.util.List;

/**
 * The order of API groups in discovery. A client that knows only a resource's name takes it from the first group that has it, so the order
 * is that of the priorities with which Kubernetes registers its groups; all others follow by name.
 */
public final class GroupOrder {

    private static final List<String> BUILT_IN = List.of(
            "apiregistration.k8s.io",
            "apps",
            "events.k8s.io",
            "authentication.k8s.io",
            "authorization.k8s.io",
            "autoscaling",
            "batch",
            "certificates.k8s.io",
            "networking.k8s.io",
            "policy",
            "rbac.authorization.k8s.io",
            "storage.k8s.io",
            "admissionregistration.k8s.io",
            "apiextensions.k8s.io",
            "scheduling.k8s.io",
            "coordination.k8s.io",
            "node.k8s.io",
            "discovery.k8s.io",
            "resource.k8s.io",
            "flowcontrol.apiserver.k8s.io");

    static final Comparator<String> PREFERRED_FIRST =
            Comparator.comparingInt(GroupOrder::rank).thenComparing(Comparator.naturalOrder());

    private GroupOrder() {}

    /** The place of a group, counted from zero; those that Kubernetes does not know share the last. */
    public static int rank(String group) {
        int at = BUILT_IN.indexOf(group);
        return at < 0 ? BUILT_IN.size() : at;
    }
}
