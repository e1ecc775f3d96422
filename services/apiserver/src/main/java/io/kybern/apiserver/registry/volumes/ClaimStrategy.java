package io.kybern.apiserver.registry.volumes;

import io.kybern.api.Quantity;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** PersistentVolumeClaims: hardly anything changes once they are made. */
public final class ClaimStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath RESOURCES = FieldPath.of("spec", "resources");

    /** The claims of the API. */
    public ClaimStrategy(ResourceType type, TableShape table) {
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

    /** Sets the defaults of a claim, also of one that a StatefulSet makes its claims from. */
    public static void defaults(ObjectNode claim) {
        Absent.text(Absent.object(claim, "spec"), "volumeMode", "Filesystem");
        Absent.text(Absent.object(claim, "status"), "phase", "Pending");
    }

    @Override
    public void applyDefaults(ObjectNode claim) {
        defaults(claim);
    }

    @Override
    protected void initialStatus(ObjectNode claim) {
        claim.putObject("status").put("phase", "Pending");
    }

    @Override
    protected void validate(ObjectNode claim, List<FieldError> errors) {
        JsonNode spec = claim.path("spec");
        AccessModes.validate(spec.path("accessModes"), SPEC.child("accessModes"), errors);
        Values.selector(spec.path("selector"), SPEC.child("selector"), errors);
        JsonNode storage = spec.path("resources").path("requests").path("storage");
        Optional<Quantity> size = Values.quantity(storage);
        if (size.isEmpty()) {
            errors.add(FieldError.required(RESOURCES.key("storage"), ""));
        } else if (size.get().signum() <= 0) {
            errors.add(
                    FieldError.invalid(RESOURCES.key("storage"), size.get().canonical(), "must be greater than zero"));
        }
        Values.subdomain(spec, "storageClassName", SPEC, errors);
        Values.oneOf(spec, "volumeMode", SPEC, List.of("Block", "Filesystem"), false, errors);
    }

    @Override
    protected void validateChange(ObjectNode claim, ObjectNode old, List<FieldError> errors) {
        validate(claim, errors);
        ObjectNode now = Absent.object(claim.deepCopy(), "spec");
        JsonNode before = old.path("spec");
        if (before.path("volumeName").asString("").isEmpty()) {
            copy("volumeName", before, now);
        }
        if (!before.has("storageClassName")) {
            // the default class may be given to a claim that was there before it
            now.remove("storageClassName");
        }
        if (old.path("status").path("phase").asString("").equals("Bound")) {
            copy("resources", before, now);
            copy("volumeAttributesClassName", before, now);
            shrinking(claim, old, errors);
        }
        if (!Values.same(now, before)) {
            errors.add(FieldError.forbidden(
                    SPEC,
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound"
                            + " claims"));
        }
        Values.immutable(
                claim.path("spec").path("volumeMode"), before.path("volumeMode"), SPEC.child("volumeMode"), errors);
    }

    private static void shrinking(JsonNode claim, JsonNode old, List<FieldError> errors) {
        Optional<Quantity> now = storage(claim.path("spec").path("resources").path("requests"));
        Optional<Quantity> before = storage(old.path("spec").path("resources").path("requests"));
        Quantity capacity = storage(old.path("status").path("capacity")).orElse(Quantity.ZERO);
        boolean smaller = now.isPresent() && before.isPresent() && now.get().compareTo(before.get()) < 0;
        if (smaller && now.get().compareTo(capacity) <= 0) {
            errors.add(FieldError.forbidden(
                    RESOURCES.child("requests", "storage"), "field can not be less than status.capacity"));
        }
    }

    private static Optional<Quantity> storage(JsonNode resources) {
        return Values.quantity(resources.path("storage"));
    }
}
