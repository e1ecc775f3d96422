package io.kybern.apiserver.registry.devices;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * ResourceClaims: what is asked for never changes. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/">Dynamic Resource Allocation</a>.
 */
public final class ResourceClaimStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");

    /** The claims of the API. */
    public ResourceClaimStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    protected void initialStatus(ObjectNode claim) {
        claim.putObject("status");
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode claim) {
        ClaimRules.applyDefaults(claim.path("spec"));
    }

    @Override
    protected void validate(ObjectNode claim, List<FieldError> errors) {
        ClaimRules.validate(claim.path("spec"), SPEC, errors);
    }

    @Override
    protected void validateChange(ObjectNode claim, ObjectNode old, List<FieldError> errors) {
        Values.immutable(claim.path("spec"), old.path("spec"), SPEC, errors);
    }

    /** What drivers said of devices goes with the devices. */
    @Override
    protected void prepareStatus(ObjectNode claim, ObjectNode old, RequestScope scope) {
        Set<String> gone = DeviceIds.allocated(old.path("status"));
        gone.removeAll(DeviceIds.allocated(claim.path("status")));
        if (claim.get("status") instanceof ObjectNode status && status.get("devices") instanceof ArrayNode devices) {
            devices.removeIf((JsonNode device) -> gone.contains(DeviceIds.of(device)));
            if (devices.isEmpty()) {
                status.remove("devices");
            }
        }
    }

    @Override
    protected void validateStatus(ObjectNode claim, ObjectNode old, List<FieldError> errors) {
        ClaimStatusRules.validate(claim, old, errors);
    }
}
