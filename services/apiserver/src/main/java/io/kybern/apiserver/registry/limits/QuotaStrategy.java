package io.kybern.apiserver.registry.limits;

import io.kybern.api.Quantity;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** ResourceQuotas. */
public final class QuotaStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    /** The names of resources that are Kubernetes' own. */
    static final Set<String> STANDARD = Set.of(
            "cpu",
            "memory",
            "ephemeral-storage",
            "requests.cpu",
            "requests.memory",
            "requests.storage",
            "requests.ephemeral-storage",
            "limits.cpu",
            "limits.memory",
            "limits.ephemeral-storage",
            "pods",
            "resourcequotas",
            "services",
            "replicationcontrollers",
            "secrets",
            "configmaps",
            "persistentvolumeclaims",
            "services.nodeports",
            "services.loadbalancers");

    private static final Set<String> WHOLE = Set.of(
            "pods",
            "resourcequotas",
            "services",
            "replicationcontrollers",
            "secrets",
            "configmaps",
            "persistentvolumeclaims",
            "services.nodeports",
            "services.loadbalancers");
    private static final List<String> SCOPES = QuotaScopes.KNOWN;

    /** The quotas of the API. */
    public QuotaStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    protected void initialStatus(ObjectNode quota) {
        quota.putObject("status");
    }

    @Override
    protected void validate(ObjectNode quota, List<FieldError> errors) {
        JsonNode spec = quota.path("spec");
        amounts(spec.path("hard"), SPEC.child("hard"), errors);
        int index = 0;
        for (JsonNode scope : spec.path("scopes")) {
            FieldPath field = SPEC.child("scopes").index(index++);
            if (!SCOPES.contains(scope.asString(""))) {
                errors.add(FieldError.notSupported(field, scope, SCOPES));
            }
        }
        QuotaScopes.validate(spec, SPEC, errors);
    }

    private static void amounts(JsonNode amounts, FieldPath field, List<FieldError> errors) {
        for (var entry : amounts.properties()) {
            String name = entry.getKey();
            FieldPath each = field.key(name);
            Names.qualifiedName(name).forEach(fault -> errors.add(FieldError.invalid(each, name, fault)));
            if (!name.contains("/") && !STANDARD.contains(name) && !name.contains("hugepages-")) {
                errors.add(FieldError.invalid(each, name, "must be a standard resource for quota"));
            }
            Optional<Quantity> amount = Values.quantity(entry.getValue());
            if (amount.isEmpty()) {
                continue;
            }
            if (amount.get().signum() < 0) {
                errors.add(FieldError.invalid(each, amount.get().canonical(), Values.NOT_NEGATIVE));
            }
            boolean whole = WHOLE.contains(name) || name.startsWith("count/");
            if (whole && amount.get().milliValue() % 1000 != 0) {
                errors.add(FieldError.invalid(each, amount.get().canonical(), "must be an integer"));
            }
        }
    }

    @Override
    protected void validateChange(ObjectNode quota, ObjectNode old, List<FieldError> errors) {
        validate(quota, errors);
        Values.immutable(
                quota.path("spec").path("scopes"), old.path("spec").path("scopes"), SPEC.child("scopes"), errors);
    }

    @Override
    protected void validateStatus(ObjectNode quota, ObjectNode old, List<FieldError> errors) {
        FieldPath status = FieldPath.of("status");
        amounts(quota.path("status").path("hard"), status.child("hard"), errors);
        amounts(quota.path("status").path("used"), status.child("used"), errors);
    }
}
