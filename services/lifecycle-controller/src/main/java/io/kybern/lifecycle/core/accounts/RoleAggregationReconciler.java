package io.kybern.lifecycle.core.accounts;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.Selectors;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes the rules of cluster roles that are put together from others; see "Aggregated ClusterRoles". */
public final class RoleAggregationReconciler implements Reconciler {

    private final Informer<ClusterRole> roles;
    private final ObjectApi<ClusterRole> api;

    public RoleAggregationReconciler(Informer<ClusterRole> roles, ObjectApi<ClusterRole> api) {
        this.roles = roles;
        this.api = api;
    }

    /** The roles that may have to be written when one of them changed: all that are put together. */
    public Collection<ObjectKey> aggregated() {
        return roles.list().stream()
                .filter(role -> role.getAggregationRule() != null)
                .map(role -> ObjectKey.clusterScoped(role.getMetadata().getName()))
                .toList();
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        roles.get(key)
                .filter(role -> role.getAggregationRule() != null)
                .filter(role -> !Owners.isTerminating(role))
                .ifPresent(this::aggregate);
        return Outcome.done();
    }

    private void aggregate(ClusterRole role) {
        Set<PolicyRule> rules = new LinkedHashSet<>();
        for (LabelSelector selector : role.getAggregationRule().getClusterRoleSelectors()) {
            roles.list().stream()
                    .filter(other -> !other.getMetadata()
                            .getName()
                            .equals(role.getMetadata().getName()))
                    .filter(other -> Selectors.of(selector).matches(labels(other)))
                    .sorted(Comparator.comparing(other -> other.getMetadata().getName()))
                    .forEach(other -> rules.addAll(other.getRules() == null ? List.of() : other.getRules()));
        }
        List<PolicyRule> wanted = new ArrayList<>(rules);
        List<PolicyRule> present = role.getRules() == null ? List.of() : role.getRules();
        if (!present.equals(wanted)) {
            api.update(new ClusterRoleBuilder(role).withRules(wanted).build());
        }
    }

    private static Map<String, String> labels(ClusterRole role) {
        Map<String, String> labels = role.getMetadata().getLabels();
        return labels == null ? Map.of() : labels;
    }
}
