package io.kybern.apiserver.registry.volumes;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * CSINodes: the drivers of a node. Drivers come and go; of one that stays only the limit of volumes changes. See <a
 * href="https://kubernetes-csi.github.io/docs/csi-node-object.html">CSINode object</a>.
 */
public final class CsiNodeStrategy extends GenericStrategy {

    private static final FieldPath DRIVERS = FieldPath.of("spec", "drivers");
    private static final int MAX_ID = 192;

    /** The nodes of the API, as drivers see them. */
    public CsiNodeStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }

    @Override
    protected void validate(ObjectNode node, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode driver : node.path("spec").path("drivers")) {
            FieldPath field = DRIVERS.index(index++);
            String name = driver.path("name").asString("");
            DriverNames.validate(name, field.child("name"), errors);
            id(driver.path("nodeID").asString(""), field.child("nodeID"), errors);
            Values.notNegative(driver.path("allocatable"), "count", field.child("allocatable"), errors);
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(field.child("name"), name));
            }
            topology(driver.path("topologyKeys"), field, errors);
        }
    }

    private static void id(String id, FieldPath field, List<FieldError> errors) {
        if (id.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else if (id.length() > MAX_ID) {
            errors.add(FieldError.invalid(field, id, "must be " + MAX_ID + " characters or less"));
        }
    }

    private static void topology(JsonNode keys, FieldPath field, List<FieldError> errors) {
        Set<String> known = new HashSet<>();
        for (JsonNode each : keys) {
            String key = each.asString("");
            if (key.isEmpty()) {
                errors.add(FieldError.required(field, ""));
            }
            if (!known.add(key)) {
                errors.add(FieldError.duplicate(field, key));
            }
            Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(field, key, fault)));
        }
    }

    @Override
    protected void validateChange(ObjectNode node, ObjectNode old, List<FieldError> errors) {
        validate(node, errors);
        for (JsonNode before : old.path("spec").path("drivers")) {
            for (JsonNode now : node.path("spec").path("drivers")) {
                if (now.path("name").equals(before.path("name"))
                        && !Values.equalExcept(now, before, List.of("allocatable"))) {
                    errors.add(FieldError.invalid(DRIVERS, now, "field is immutable"));
                }
            }
        }
    }
}
