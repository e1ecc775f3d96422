package io.kybern.apiserver.admission.plugins;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The labels that a node may not give itself: those by which pods are kept on nodes that are set apart, and those of Kubernetes' own that
 * are not a node's to set; see "Node isolation/restriction" and "NodeRestriction" in the Kubernetes documentation.
 */
final class NodeLabels {

    private static final Set<String> OWN = Set.of(
            "kubernetes.io/hostname",
            "kubernetes.io/os",
            "kubernetes.io/arch",
            "beta.kubernetes.io/os",
            "beta.kubernetes.io/arch",
            "beta.kubernetes.io/instance-type",
            "node.kubernetes.io/instance-type",
            "topology.kubernetes.io/zone",
            "topology.kubernetes.io/region",
            "failure-domain.beta.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/region");

    private static final List<String> OWN_DOMAINS = List.of("kubelet.kubernetes.io", "node.kubernetes.io");

    private NodeLabels() {}

    /** Of the labels that came, went or changed those that are not the node's to change, sorted. */
    static List<String> forbidden(Map<String, String> before, Map<String, String> after) {
        Set<String> changed = new TreeSet<>(before.keySet());
        changed.addAll(after.keySet());
        return changed.stream()
                .filter(key -> before.containsKey(key) != after.containsKey(key)
                        || !before.getOrDefault(key, "").equals(after.getOrDefault(key, "")))
                .filter(NodeLabels::isForbidden)
                .toList();
    }

    private static boolean isForbidden(String key) {
        String domain = key.substring(0, Math.max(key.indexOf('/'), 0));
        if (within(domain, "node-restriction.kubernetes.io")) {
            return true;
        }
        boolean kubernetes = within(domain, "kubernetes.io") || within(domain, "k8s.io");
        boolean own = OWN.contains(key) || OWN_DOMAINS.stream().anyMatch(each -> within(domain, each));
        return kubernetes && !own;
    }

    private static boolean within(String domain, String parent) {
        return domain.equals(parent) || domain.endsWith("." + parent);
    }
}
