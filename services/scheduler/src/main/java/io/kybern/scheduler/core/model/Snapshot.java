package io.kybern.scheduler.core.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as one scheduling cycle sees it. Immutable.
 *
 * @param nodes all nodes, zones taking turns, so that a sample of neighbours is spread over zones
 * @param byName the same nodes by name
 * @param withAffinity those nodes that run a pod with affinity or anti-affinity
 * @param withRequiredAntiAffinity those nodes that run a pod with required anti-affinity
 * @param namespaceLabels the labels of each namespace
 * @param services the Services' namespaces and selectors, for default spreading
 * @param imageNodes on how many nodes each image is
 * @param budgets how many pods may be disrupted, by namespace
 */
public record Snapshot(
        List<NodeInfo> nodes,
        Map<String, NodeInfo> byName,
        List<NodeInfo> withAffinity,
        List<NodeInfo> withRequiredAntiAffinity,
        Map<String, Map<String, String>> namespaceLabels,
        Map<String, List<LabelMatcher>> services,
        Map<String, Integer> imageNodes,
        Map<String, List<DisruptionBudget>> budgets) {

    /** The node of that name, null if there is none. */
    public @Nullable NodeInfo node(String name) {
        return byName.get(name);
    }

    /** The labels of a namespace; empty if it is unknown. */
    public Map<String, String> labelsOf(String namespace) {
        return namespaceLabels.getOrDefault(namespace, Map.of());
    }

    /** The selectors of the Services that select this pod. */
    public List<LabelMatcher> servicesOf(PodInfo pod) {
        return services.getOrDefault(pod.namespace(), List.of()).stream()
                .filter(s -> s.matches(pod.labels()))
                .toList();
    }
}
