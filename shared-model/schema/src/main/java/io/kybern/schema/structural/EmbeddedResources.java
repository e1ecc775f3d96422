package io.kybern.schema.structural;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Checks that what is declared as a resource inside of another one says what it is, and has metadata like one.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#rawextension">RawExtension</a>
 */
public final class EmbeddedResources {

    private final List<FieldError> errors = new ArrayList<>();

    private EmbeddedResources() {}

    /** The faults of the resources inside of a resource; the outermost is checked elsewhere. */
    public static List<FieldError> validate(JsonNode resource, Structural schema) {
        EmbeddedResources check = new EmbeddedResources();
        check.fields(resource, schema, FieldPath.root());
        return check.errors;
    }

    private void value(JsonNode value, Structural schema, FieldPath path) {
        if (value.isObject()) {
            if (schema.embedded()) {
                resource(value, path);
            }
            fields(value, schema, path);
        } else if (value.isArray()) {
            Structural items = schema.items();
            for (int i = 0; items != null && i < value.size(); i++) {
                value(value.get(i), items, path.index(i));
            }
        }
    }

    private void fields(JsonNode object, Structural schema, FieldPath path) {
        object.properties().forEach(field -> {
            Structural declared = schema.properties().get(field.getKey());
            if (declared != null) {
                value(field.getValue(), declared, path.child(field.getKey()));
            } else if (schema.additional() != null) {
                value(field.getValue(), schema.additional(), path.key(field.getKey()));
            }
        });
    }

    private void resource(JsonNode resource, FieldPath path) {
        for (String field : List.of("apiVersion", "kind")) {
            JsonNode value = resource.path(field);
            FieldPath at = path.child(field);
            if (value.isMissingNode()) {
                errors.add(FieldError.required(at, ""));
            } else if (!value.isString()) {
                errors.add(FieldError.invalid(at, value, "must be a string"));
            } else if (value.asString().isEmpty()) {
                errors.add(FieldError.invalid(at, value, "must not be empty"));
            }
        }
        String apiVersion = resource.path("apiVersion").asString("");
        if (apiVersion.indexOf('/') != apiVersion.lastIndexOf('/')) {
            errors.add(FieldError.invalid(
                    path.child("apiVersion"), apiVersion, "unexpected GroupVersion string: " + apiVersion));
        }
        String kind = resource.path("kind").asString("");
        List<String> faults = kind.isEmpty() ? List.of() : Names.dns1035Label(kind.toLowerCase(Locale.ROOT));
        if (!faults.isEmpty()) {
            errors.add(FieldError.invalid(
                    path.child("kind"),
                    kind,
                    "may have mixed case, but should otherwise match: " + String.join(",", faults)));
        }
        labels(resource.path("metadata").path("labels"), path.child("metadata", "labels"));
    }

    private void labels(JsonNode labels, FieldPath path) {
        labels.properties().forEach(label -> {
            Names.qualifiedName(label.getKey())
                    .forEach(fault -> errors.add(FieldError.invalid(path, label.getKey(), fault)));
            String value = label.getValue().asString("");
            Names.labelValue(value).forEach(fault -> errors.add(FieldError.invalid(path, value, fault)));
        });
    }
}
