package io.kybern.apiserver.registry.volumes;

import io.kybern.api.Quantity;
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
 * CSIStorageCapacities: what they speak of never changes, only how much it is. See <a
 * href="https://kubernetes.io/docs/concepts/storage/storage-capacity/">Storage Capacity</a>.
 */
public final class StorageCapacityStrategy extends GenericStrategy {

    /** The capacities of the API. */
    public StorageCapacityStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }

    @Override
    protected void validate(ObjectNode capacity, List<FieldError> errors) {
        Values.selector(capacity.path("nodeTopology"), FieldPath.of("nodeTopology"), errors);
        String storageClass = capacity.path("storageClassName").asString("");
        Names.dns1123Subdomain(storageClass)
                .forEach(
                        fault -> errors.add(FieldError.invalid(FieldPath.of("storageClassName"), storageClass, fault)));
        Values.quantity(capacity.path("capacity"))
                .filter(amount -> amount.compareTo(Quantity.ZERO) < 0)
                .ifPresent(amount -> errors.add(
                        FieldError.invalid(FieldPath.of("capacity"), amount.canonical(), Values.NOT_NEGATIVE)));
    }

    @Override
    protected void validateChange(ObjectNode capacity, ObjectNode old, List<FieldError> errors) {
        validate(capacity, errors);
        for (String field : List.of("nodeTopology", "storageClassName")) {
            Values.immutable(capacity.path(field), old.path(field), FieldPath.of(field), errors);
        }
    }
}
