package io.kybern.apiserver.registry.core;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Leases: a PUT creates one that is absent, because whoever holds one may find it gone. */
public final class LeaseStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");

    /** The leases of the API. */
    public LeaseStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean allowsAnyFinalizer() {
        return true;
    }

    @Override
    public boolean allowsCreateOnUpdate() {
        return true;
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }

    @Override
    protected void validate(ObjectNode lease, List<FieldError> errors) {
        JsonNode duration = lease.path("spec").path("leaseDurationSeconds");
        if (duration.isNumber() && duration.asLong() <= 0) {
            errors.add(FieldError.invalid(SPEC.child("leaseDurationSeconds"), duration, "must be greater than 0"));
        }
        JsonNode transitions = lease.path("spec").path("leaseTransitions");
        if (transitions.isNumber() && transitions.asLong() < 0) {
            errors.add(FieldError.invalid(
                    SPEC.child("leaseTransitions"), transitions, "must be greater than or equal to 0"));
        }
    }
}
