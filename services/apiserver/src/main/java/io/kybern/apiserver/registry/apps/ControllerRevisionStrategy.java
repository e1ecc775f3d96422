package io.kybern.apiserver.registry.apps;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** States that a workload has had. What such a state was never changes, its number may. */
public final class ControllerRevisionStrategy extends GenericStrategy {

    private static final FieldPath DATA = FieldPath.of("data");

    /** The ControllerRevisions of the API. */
    public ControllerRevisionStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void validate(ObjectNode revision, List<FieldError> errors) {
        JsonNode data = revision.path("data");
        if (data.isMissingNode() || data.isNull()) {
            errors.add(FieldError.required(DATA, "data is mandatory"));
        }
        JsonNode number = revision.path("revision");
        if (number.asLong(0) < 0) {
            errors.add(FieldError.invalid(FieldPath.of("revision"), number, Values.NOT_NEGATIVE));
        }
    }

    @Override
    protected void validateChange(ObjectNode revision, ObjectNode old, List<FieldError> errors) {
        validate(revision, errors);
        Values.immutable(revision.path("data"), old.path("data"), DATA, errors);
    }
}
