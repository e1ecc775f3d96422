package io.kybern.apiserver.registry.cluster;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.NameRule;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** RoleBindings and ClusterRoleBindings: the role that one refers to can never change. */
public final class BindingStrategy extends GenericStrategy {

    private static final String GROUP = "rbac.authorization.k8s.io";
    private static final FieldPath ROLE = FieldPath.of("roleRef");

    /** The role bindings, or the cluster role bindings, of the API. */
    public BindingStrategy(ResourceType type, TableShape table) {
        super(type, table, NameRule.PATH_SEGMENT);
    }

    @Override
    public void applyDefaults(ObjectNode binding) {
        Absent.text(Absent.object(binding, "roleRef"), "apiGroup", GROUP);
        Absent.each(binding.path("subjects"), subject -> {
            String kind = subject.path("kind").asString("");
            if (kind.equals("User") || kind.equals("Group")) {
                Absent.text(subject, "apiGroup", GROUP);
            }
        });
    }

    @Override
    protected void validate(ObjectNode binding, List<FieldError> errors) {
        JsonNode role = binding.path("roleRef");
        String group = role.path("apiGroup").asString("");
        if (!group.equals(GROUP)) {
            errors.add(FieldError.notSupported(ROLE.child("apiGroup"), group, List.of(GROUP)));
        }
        List<String> kinds = type().namespaced() ? List.of("Role", "ClusterRole") : List.of("ClusterRole");
        String kind = role.path("kind").asString("");
        if (!kinds.contains(kind)) {
            errors.add(FieldError.notSupported(ROLE.child("kind"), kind, kinds));
        }
        String name = role.path("name").asString("");
        if (name.isEmpty()) {
            errors.add(FieldError.required(ROLE.child("name"), ""));
        } else {
            NameRule.pathSegment(name)
                    .forEach(fault -> errors.add(FieldError.invalid(ROLE.child("name"), name, fault)));
        }
        int index = 0;
        for (JsonNode subject : binding.path("subjects")) {
            subject(subject, FieldPath.of("subjects").index(index++), errors);
        }
    }

    private void subject(JsonNode subject, FieldPath field, List<FieldError> errors) {
        String name = subject.path("name").asString("");
        if (name.isEmpty()) {
            errors.add(FieldError.required(field.child("name"), ""));
        }
        String group = subject.path("apiGroup").asString("");
        String kind = subject.path("kind").asString("");
        switch (kind) {
            case "ServiceAccount" -> {
                if (!name.isEmpty()) {
                    Names.dns1123Subdomain(name)
                            .forEach(fault -> errors.add(FieldError.invalid(field.child("name"), name, fault)));
                }
                if (!group.isEmpty()) {
                    errors.add(FieldError.notSupported(field.child("apiGroup"), group, List.of("")));
                }
                if (!type().namespaced()
                        && subject.path("namespace").asString("").isEmpty()) {
                    errors.add(FieldError.required(field.child("namespace"), ""));
                }
            }
            case "User", "Group" -> {
                if (!group.equals(GROUP)) {
                    errors.add(FieldError.notSupported(field.child("apiGroup"), group, List.of(GROUP)));
                }
            }
            default ->
                errors.add(
                        FieldError.notSupported(field.child("kind"), kind, List.of("ServiceAccount", "User", "Group")));
        }
    }

    @Override
    protected void validateChange(ObjectNode binding, ObjectNode old, List<FieldError> errors) {
        validate(binding, errors);
        if (!binding.path("roleRef").equals(old.path("roleRef"))) {
            errors.add(FieldError.invalid(ROLE, binding.path("roleRef"), "cannot change roleRef"));
        }
    }
}
