package io.kybern.bootstrap.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives aggregated roles the rules of the roles that they select, so that {@code admin}, {@code edit} and {@code view} mean
 * something from the first moment (<a
 * href="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles">Aggregated ClusterRoles</a>).
 */
final class AggregatedRoles {

    private AggregatedRoles() {}

    /** The same objects in the same order, aggregated roles with their rules. */
    static List<HasMetadata> fill(List<HasMetadata> objects) {
        Map<String, ClusterRole> roles = new LinkedHashMap<>();
        for (HasMetadata object : objects) {
            if (object instanceof ClusterRole role) {
                roles.put(role.getMetadata().getName(), role);
            }
        }
        return objects.stream()
                .map(object -> object instanceof ClusterRole role && role.getAggregationRule() != null
                        ? new ClusterRoleBuilder(role)
                                .withRules(List.copyOf(rules(role, roles, new LinkedHashSet<>())))
                                .build()
                        : object)
                .toList();
    }

    private static Set<PolicyRule> rules(ClusterRole role, Map<String, ClusterRole> roles, Set<String> visited) {
        Set<PolicyRule> rules = new LinkedHashSet<>(role.getRules());
        if (role.getAggregationRule() == null || !visited.add(role.getMetadata().getName())) {
            return rules;
        }
        for (LabelSelector selector : role.getAggregationRule().getClusterRoleSelectors()) {
            for (ClusterRole candidate : roles.values()) {
                if (labels(candidate)
                        .entrySet()
                        .containsAll(selector.getMatchLabels().entrySet())) {
                    rules.addAll(rules(candidate, roles, visited));
                }
            }
        }
        return rules;
    }

    private static Map<String, String> labels(ClusterRole role) {
        Map<String, String> labels = role.getMetadata().getLabels();
        return labels == null ? Map.of() : labels;
    }
}
