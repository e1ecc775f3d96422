package io.kybern.apiserver.registry.cluster;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** PriorityClasses: the value never changes, and the highest ones are the system's. */
public final class PriorityClassStrategy extends GenericStrategy {

    private static final long HIGHEST_FOR_USERS = 1_000_000_000;
    private static final Map<String, Long> SYSTEM =
            Map.of("system-cluster-critical", 2_000_000_000L, "system-node-critical", 2_000_001_000L);

    /** The priority classes of the API. */
    public PriorityClassStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode priorityClass) {
        Absent.text(priorityClass, "preemptionPolicy", "PreemptLowerPriority");
    }

    @Override
    protected void validate(ObjectNode priorityClass, List<FieldError> errors) {
        String name = KubeObject.name(priorityClass);
        long value = priorityClass.path("value").asLong(0);
        if (name.startsWith("system-")) {
            Long known = SYSTEM.get(name);
            if (known == null) {
                errors.add(FieldError.forbidden(
                        FieldPath.of("metadata", "name"),
                        "priority class names with 'system-' prefix are reserved for system use only. error: " + name
                                + " is not a known system priority class"));
            } else if (known != value) {
                errors.add(FieldError.forbidden(
                        FieldPath.of("metadata", "name"),
                        "priority class names with 'system-' prefix are reserved for system use only. error: value of "
                                + name + " PriorityClass must be " + known));
            }
        } else if (value > HIGHEST_FOR_USERS) {
            errors.add(FieldError.forbidden(
                    FieldPath.of("value"), "maximum allowed value of a user defined priority is " + HIGHEST_FOR_USERS));
        }
    }

    @Override
    protected void validateChange(ObjectNode priorityClass, ObjectNode old, List<FieldError> errors) {
        if (priorityClass.path("value").asLong(0) != old.path("value").asLong(0)) {
            errors.add(FieldError.forbidden(FieldPath.of("value"), "may not be changed in an update."));
        }
        if (!priorityClass.path("preemptionPolicy").equals(old.path("preemptionPolicy"))) {
            errors.add(FieldError.invalid(
                    FieldPath.of("preemptionPolicy"), priorityClass.path("preemptionPolicy"), "field is immutable"));
        }
    }
}
