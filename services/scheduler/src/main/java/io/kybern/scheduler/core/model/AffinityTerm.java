package io.kybern.scheduler.core.model;

import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One term of a pod's affinity or anti-affinity to other pods, made ready for many matches.
 *
 * @param topologyKey the node label whose equal values make one place
 * @param selector which pods are meant
 * @param namespaces the namespaces named, or the pod's own if neither names nor a selector are given
 * @param namespaceSelector further namespaces by their labels
 * @param weight 1 to 100 for a preferred term, 0 for a required one
 */
public record AffinityTerm(
        String topologyKey, LabelMatcher selector, Set<String> namespaces, LabelMatcher namespaceSelector, int weight) {

    static AffinityTerm of(PodAffinityTerm term, String namespace, Map<String, String> podLabels, int weight) {
        LabelMatcher selector = LabelMatcher.of(term.getLabelSelector());
        for (String key : term.getMatchLabelKeys()) {
            String value = podLabels.get(key);
            selector = value == null ? selector : selector.and(key, true, value);
        }
        for (String key : term.getMismatchLabelKeys()) {
            String value = podLabels.get(key);
            selector = value == null ? selector : selector.and(key, false, value);
        }
        boolean ownOnly = term.getNamespaces().isEmpty() && term.getNamespaceSelector() == null;
        return new AffinityTerm(
                term.getTopologyKey(),
                selector,
                ownOnly ? Set.of(namespace) : Set.copyOf(term.getNamespaces()),
                LabelMatcher.of(term.getNamespaceSelector()),
                weight);
    }

    static List<AffinityTerm> all(List<PodAffinityTerm> terms, String namespace, Map<String, String> podLabels) {
        return terms.stream().map(t -> of(t, namespace, podLabels, 0)).toList();
    }

    /** Whether the term means a pod with these labels in a namespace with these. */
    public boolean matches(String namespace, Map<String, String> labels, Map<String, String> namespaceLabels) {
        return (namespaces.contains(namespace) || namespaceSelector.matches(namespaceLabels))
                && selector.matches(labels);
    }
}
