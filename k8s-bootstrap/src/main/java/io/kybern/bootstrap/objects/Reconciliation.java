package io.kybern.bootstrap.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Adds to an existing role or binding what the wanted one has more, and takes nothing away, as Kubernetes does for its own
 * defaults (<a href="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation">auto-reconciliation</a>).
 * An object whose annotation says {@code autoupdate: "false"} is left alone, and so is every other kind of object.
 */
final class Reconciliation {

    static final String AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";

    private Reconciliation() {}

    /** The object to write, or empty when the present one has everything. */
    static Optional<HasMetadata> plan(HasMetadata wanted, HasMetadata present) {
        Map<String, String> annotations = present.getMetadata().getAnnotations();
        if (annotations != null && "false".equals(annotations.get(AUTOUPDATE))) {
            return Optional.empty();
        }
        if (wanted instanceof ClusterRole role && present instanceof ClusterRole old) {
            return union(role.getRules(), old.getRules())
                    .map(rules -> new ClusterRoleBuilder(old).withRules(rules).build());
        }
        if (wanted instanceof Role role && present instanceof Role old) {
            return union(role.getRules(), old.getRules())
                    .map(rules -> new RoleBuilder(old).withRules(rules).build());
        }
        if (wanted instanceof ClusterRoleBinding binding && present instanceof ClusterRoleBinding old) {
            return union(binding.getSubjects(), old.getSubjects()).map(subjects -> new ClusterRoleBindingBuilder(old)
                    .withSubjects(subjects)
                    .build());
        }
        if (wanted instanceof RoleBinding binding && present instanceof RoleBinding old) {
            return union(binding.getSubjects(), old.getSubjects())
                    .map(subjects ->
                            new RoleBindingBuilder(old).withSubjects(subjects).build());
        }
        return Optional.empty();
    }

    /** The present entries and the wanted ones that are missing there; empty when none is missing. */
    private static <T> Optional<List<T>> union(List<T> wanted, List<T> present) {
        List<T> missing = new ArrayList<>(wanted);
        missing.removeAll(present);
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        List<T> all = new ArrayList<>(present);
        all.addAll(missing);
        return Optional.of(all);
    }
}
