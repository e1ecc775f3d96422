package io.kybern.apiserver.registry.admission;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Bindings of validating and of mutating admission policies. */
public final class PolicyBindingStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> ACTIONS = List.of("Audit", "Deny", "Warn");

    private final boolean validating;

    /** One of the two types. */
    public PolicyBindingStrategy(ResourceType type, TableShape table) {
        super(type, table);
        this.validating = type.gvr().resource().startsWith("validating");
    }

    @Override
    protected boolean allowsAnyFinalizer() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode binding) {
        PolicyParts.matchDefaults(binding.path("spec").path("matchResources"));
        if (binding.path("spec").path("paramRef") instanceof ObjectNode ref) {
            PolicyParts.text(ref, "parameterNotFoundAction", "Deny");
        }
    }

    @Override
    protected void validate(ObjectNode binding, List<FieldError> errors) {
        JsonNode spec = binding.path("spec");
        String policy = spec.path("policyName").asString("");
        if (policy.isEmpty()) {
            errors.add(FieldError.required(SPEC.child("policyName"), ""));
        } else {
            Names.dns1123Subdomain(policy)
                    .forEach(fault -> errors.add(FieldError.invalid(SPEC.child("policyName"), policy, fault)));
        }
        PolicyParts.paramRef(spec.path("paramRef"), SPEC.child("paramRef"), errors);
        PolicyParts.matchResources(
                spec.path("matchResources"), SPEC.child(validating ? "matchResouces" : "matchResources"), errors);
        if (validating) {
            actions(spec.path("validationActions"), SPEC.child("validationActions"), errors);
        }
    }

    private static void actions(JsonNode actions, FieldPath path, List<FieldError> errors) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < actions.size(); i++) {
            String action = actions.get(i).asString("");
            if (!ACTIONS.contains(action)) {
                errors.add(FieldError.notSupported(path.index(i), action, ACTIONS));
            }
            if (!seen.add(action)) {
                errors.add(FieldError.duplicate(path.index(i), action));
            }
        }
        if (seen.contains("Deny") && seen.contains("Warn")) {
            errors.add(FieldError.invalid(
                    path,
                    actions,
                    "must not contain both Deny and Warn (repeating the same validation failure information in"
                            + " the API response and headers serves no purpose)"));
        }
        if (seen.isEmpty()) {
            errors.add(FieldError.required(path, "at least one validation action is required"));
        }
    }
}
