package io.kybern.apiserver.registry.volumes;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * CSIDrivers: what a driver can do and wants to be told. See <a
 * href="https://kubernetes-csi.github.io/docs/csi-driver-object.html">CSIDriver object</a>.
 */
public final class CsiDriverStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> GROUP_POLICIES = List.of("File", "None", "ReadWriteOnceWithFSType");
    private static final List<String> MODES = List.of("Persistent", "Ephemeral");
    private static final long MIN_TOKEN_SECONDS = 600;
    private static final long MAX_TOKEN_SECONDS = 1L << 32;
    private static final long MIN_UPDATE_SECONDS = 10;

    /** The drivers of the API. */
    public CsiDriverStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }

    @Override
    public void applyDefaults(ObjectNode driver) {
        ObjectNode spec = Absent.object(driver, "spec");
        Absent.flag(spec, "attachRequired", true);
        Absent.flag(spec, "podInfoOnMount", false);
        Absent.flag(spec, "storageCapacity", false);
        Absent.text(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
        if (spec.path("volumeLifecycleModes").isEmpty()) {
            spec.putArray("volumeLifecycleModes").add("Persistent");
        }
        Absent.flag(spec, "requiresRepublish", false);
        Absent.flag(spec, "seLinuxMount", false);
    }

    @Override
    protected void validate(ObjectNode driver, List<FieldError> errors) {
        JsonNode spec = driver.path("spec");
        Values.oneOf(spec, "fsGroupPolicy", SPEC, GROUP_POLICIES, false, errors);
        tokens(spec.path("tokenRequests"), errors);
        for (JsonNode mode : spec.path("volumeLifecycleModes")) {
            if (!MODES.contains(mode.asString(""))) {
                errors.add(FieldError.notSupported(SPEC.child("volumeLifecycleModes"), mode, MODES));
            }
        }
        JsonNode period = spec.path("nodeAllocatableUpdatePeriodSeconds");
        if (period.isNumber() && period.asLong() < MIN_UPDATE_SECONDS) {
            errors.add(FieldError.invalid(
                    SPEC.child("nodeAllocatableUpdatePeriodSeconds"),
                    period,
                    "must be greater than or equal to 10 seconds"));
        }
    }

    private static void tokens(JsonNode requests, List<FieldError> errors) {
        Set<String> audiences = new HashSet<>();
        int index = 0;
        for (JsonNode request : requests) {
            FieldPath field = SPEC.child("tokenRequests").index(index++);
            String audience = request.path("audience").asString("");
            if (!audiences.add(audience)) {
                errors.add(FieldError.duplicate(field.child("audience"), audience));
                continue;
            }
            JsonNode seconds = request.path("expirationSeconds");
            if (seconds.isNumber() && seconds.asLong() < MIN_TOKEN_SECONDS) {
                errors.add(FieldError.invalid(
                        field.child("expirationSeconds"), seconds, "may not specify a duration less than 10 minutes"));
            } else if (seconds.isNumber() && seconds.asLong() > MAX_TOKEN_SECONDS) {
                errors.add(FieldError.invalid(
                        field.child("expirationSeconds"),
                        seconds,
                        "may not specify a duration larger than 2^32 seconds"));
            }
        }
    }

    @Override
    protected void validateChange(ObjectNode driver, ObjectNode old, List<FieldError> errors) {
        validate(driver, errors);
        JsonNode now = driver.path("spec");
        JsonNode before = old.path("spec");
        // the path is spelled as Kubernetes spells it
        Values.immutable(
                now.path("attachRequired"), before.path("attachRequired"), SPEC.child("attachedRequired"), errors);
        Values.immutable(
                now.path("volumeLifecycleModes"),
                before.path("volumeLifecycleModes"),
                SPEC.child("volumeLifecycleModes"),
                errors);
    }
}
