package io.kybern.apiserver.registry.cluster;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Roles and ClusterRoles: rules that say who they are for only by their bindings. */
public final class RoleStrategy extends GenericStrategy {

    /** The roles, or the cluster roles, of the API. */
    public RoleStrategy(ResourceType type, TableShape table) {
        super(type, table, NameRule.PATH_SEGMENT);
    }

    @Override
    protected void validate(ObjectNode role, List<FieldError> errors) {
        boolean inNamespace = type().namespaced();
        int index = 0;
        for (JsonNode rule : role.path("rules")) {
            rule(rule, FieldPath.of("rules").index(index++), inNamespace, errors);
        }
    }

    private static void rule(JsonNode rule, FieldPath field, boolean inNamespace, List<FieldError> errors) {
        if (rule.path("verbs").isEmpty()) {
            errors.add(FieldError.required(field.child("verbs"), "verbs must contain at least one value"));
        }
        if (!rule.path("nonResourceURLs").isEmpty()) {
            if (inNamespace) {
                errors.add(FieldError.invalid(
                        field.child("nonResourceURLs"),
                        rule.path("nonResourceURLs"),
                        "namespaced rules cannot apply to non-resource URLs"));
            }
            if (!rule.path("apiGroups").isEmpty()
                    || !rule.path("resources").isEmpty()
                    || !rule.path("resourceNames").isEmpty()) {
                errors.add(FieldError.invalid(
                        field.child("nonResourceURLs"),
                        rule.path("nonResourceURLs"),
                        "rules cannot apply to both regular resources and non-resource URLs"));
            }
            return;
        }
        if (rule.path("apiGroups").isEmpty()) {
            errors.add(
                    FieldError.required(field.child("apiGroups"), "resource rules must supply at least one api group"));
        }
        if (rule.path("resources").isEmpty()) {
            errors.add(
                    FieldError.required(field.child("resources"), "resource rules must supply at least one resource"));
        }
    }
}
