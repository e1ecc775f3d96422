package io.kybern.apiserver.registry.volumes;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * VolumeAttributesClasses: what they mean never changes. See <a
 * href="https://kubernetes.io/docs/concepts/storage/volume-attributes-classes/">Volume Attributes Classes</a>.
 */
public final class AttributesClassStrategy extends GenericStrategy {

    private static final FieldPath DRIVER = FieldPath.of("driverName");
    private static final FieldPath PARAMETERS = FieldPath.of("parameters");
    private static final int MAX_PARAMETERS = 512;
    private static final int MAX_SIZE = 256 * 1024;

    /** The classes of the API. */
    public AttributesClassStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    protected void validate(ObjectNode attributes, List<FieldError> errors) {
        String driver = attributes.path("driverName").asString("");
        if (driver.isEmpty()) {
            errors.add(FieldError.required(DRIVER, ""));
        } else {
            Names.qualifiedName(driver.toLowerCase(Locale.ROOT))
                    .forEach(fault -> errors.add(FieldError.invalid(DRIVER, driver, fault)));
        }
        parameters(attributes.path("parameters"), errors);
    }

    private static void parameters(JsonNode parameters, List<FieldError> errors) {
        if (parameters.size() > MAX_PARAMETERS) {
            errors.add(FieldError.tooLong(PARAMETERS, MAX_PARAMETERS));
            return;
        }
        int size = 0;
        for (Map.Entry<String, JsonNode> entry : parameters.properties()) {
            if (entry.getKey().isEmpty()) {
                errors.add(FieldError.invalid(PARAMETERS, "", "field can not be empty."));
            }
            size += entry.getKey().length() + entry.getValue().asString("").length();
        }
        if (size > MAX_SIZE) {
            errors.add(FieldError.tooLong(PARAMETERS, MAX_SIZE));
        }
        if (parameters.isEmpty()) {
            errors.add(FieldError.required(PARAMETERS, "must contain at least one key/value pair"));
        }
    }

    @Override
    protected void validateChange(ObjectNode attributes, ObjectNode old, List<FieldError> errors) {
        for (String fixed : List.of("driverName", "parameters")) {
            if (!Values.same(attributes.path(fixed), old.path(fixed))) {
                errors.add(FieldError.forbidden(FieldPath.of(fixed), "updates to " + fixed + " are forbidden."));
            }
        }
        validate(attributes, errors);
    }
}
