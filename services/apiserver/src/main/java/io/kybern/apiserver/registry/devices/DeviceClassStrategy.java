package io.kybern.apiserver.registry.devices;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * DeviceClasses. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#deviceclass">DeviceClass</a>.
 */
public final class DeviceClassStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");

    /** The classes of the API. */
    public DeviceClassStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    protected void validate(ObjectNode deviceClass, List<FieldError> errors) {
        DeviceRules.selectors(deviceClass.path("spec").path("selectors"), SPEC.child("selectors"), errors);
        others(deviceClass.path("spec"), errors);
    }

    private static void others(JsonNode spec, List<FieldError> errors) {
        Items.each(
                spec.path("config"),
                ClaimRules.MAX_CONFIG,
                SPEC.child("config"),
                errors,
                (config, field) -> DeviceRules.configuration(config, field, errors));
        JsonNode extended = spec.path("extendedResourceName");
        if (extended.isString() && !isExtended(extended.asString())) {
            errors.add(FieldError.invalid(
                    SPEC.child("extendedResourceName"), extended, "must be a valid extended resource name"));
        }
    }

    private static boolean isExtended(String name) {
        return name.contains("/")
                && !name.contains("kubernetes.io/")
                && !name.startsWith("requests.")
                && Names.qualifiedName("requests." + name).isEmpty();
    }

    @Override
    protected void validateChange(ObjectNode deviceClass, ObjectNode old, List<FieldError> errors) {
        JsonNode selectors = deviceClass.path("spec").path("selectors");
        // what was taken once is not judged anew
        if (!Values.same(selectors, old.path("spec").path("selectors"))) {
            DeviceRules.selectors(selectors, SPEC.child("selectors"), errors);
        }
        others(deviceClass.path("spec"), errors);
    }
}
