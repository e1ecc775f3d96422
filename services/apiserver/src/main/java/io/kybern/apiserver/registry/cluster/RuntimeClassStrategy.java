package io.kybern.apiserver.registry.cluster;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * RuntimeClasses: the handler is a label and never changes. See <a
 * href="https://kubernetes.io/docs/concepts/containers/runtime-class/">runtime class</a>.
 */
public final class RuntimeClassStrategy extends GenericStrategy {

    /** The runtime classes of the API. */
    public RuntimeClassStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void validate(ObjectNode runtimeClass, List<FieldError> errors) {
        String handler = runtimeClass.path("handler").asString("");
        FieldPath path = FieldPath.of("handler");
        Names.dns1123Label(handler).forEach(fault -> errors.add(FieldError.invalid(path, handler, fault)));
        Values.labels(
                runtimeClass.path("scheduling").path("nodeSelector"),
                FieldPath.of("scheduling", "nodeSelector"),
                errors);
    }

    @Override
    protected void validateChange(ObjectNode runtimeClass, ObjectNode old, List<FieldError> errors) {
        Values.immutable(runtimeClass.path("handler"), old.path("handler"), FieldPath.of("handler"), errors);
    }
}
