package io.kybern.apiserver.registry.volumes;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.MetadataValidator;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Checks what a claim asks for, also one that a pod or a StatefulSet makes. */
public final class ClaimSpecValidator {

    private static final List<String> MODES = List.of("Block", "Filesystem");

    /** What a template of a claim may not say of the claim, by the name in which Kubernetes refuses it. */
    private static final List<String> NOT_OF_TEMPLATES = List.of(
            "name",
            "generateName",
            "namespace",
            "selfLink",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "ownerReferences",
            "finalizers",
            "managedFields");

    private ClaimSpecValidator() {}

    /** Adds the faults of the template of a claim that belongs to a pod. */
    public static void template(JsonNode template, FieldPath field, List<FieldError> errors) {
        JsonNode metadata = template.path("metadata");
        FieldPath metadataField = field.child("metadata");
        MetadataValidator.annotations(metadata.path("annotations"), metadataField.child("annotations"), errors);
        MetadataValidator.labels(metadata.path("labels"), metadataField.child("labels"), errors);
        for (String name : NOT_OF_TEMPLATES) {
            JsonNode value = metadata.path(name);
            boolean given =
                    value.isArray() ? !value.isEmpty() : !value.asString("").isEmpty();
            if (given) {
                String shown = name.equals("uid") ? "uID" : name;
                errors.add(FieldError.forbidden(metadataField.child(shown), "cannot be set"));
            }
        }
        validate(template.path("spec"), field.child("spec"), errors);
    }

    /** Adds the faults of a spec. */
    public static void validate(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode modes = spec.path("accessModes");
        if (modes.isEmpty()) {
            errors.add(FieldError.required(field.child("accessModes"), "at least 1 access mode is required"));
        }
        Values.selector(spec.path("selector"), field.child("selector"), errors);
        AccessModes.validate(modes, field.child("accessModes"), errors);
        FieldPath storage = field.child("resources").key("storage");
        Optional<Quantity> size =
                Values.quantity(spec.path("resources").path("requests").path("storage"));
        if (size.isEmpty()) {
            errors.add(FieldError.required(storage, ""));
        } else if (size.get().signum() <= 0) {
            errors.add(FieldError.invalid(storage, size.get().canonical(), "must be greater than zero"));
        }
        Values.subdomain(spec, "storageClassName", field, errors);
        if (spec.has("volumeMode")) {
            String mode = spec.path("volumeMode").asString("");
            if (!MODES.contains(mode)) {
                errors.add(FieldError.notSupported(field.child("volumeMode"), mode, MODES));
            }
        }
        sources(spec, field, errors);
        Values.subdomain(spec, "volumeAttributesClassName", field, errors);
    }

    private static void sources(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode source = spec.path("dataSource");
        JsonNode reference = spec.path("dataSourceRef");
        source(source, field.child("dataSource"), errors);
        source(reference, field.child("dataSourceRef"), errors);
        String namespace = reference.path("namespace").asString("");
        if (!namespace.isEmpty()) {
            Names.dns1123Label(namespace)
                    .forEach(fault -> errors.add(
                            FieldError.invalid(field.child("dataSourceRef", "namespace"), namespace, fault)));
            if (source.isObject()) {
                errors.add(FieldError.invalid(
                        field,
                        field.child("dataSource").toString(),
                        "may not be specified when dataSourceRef.namespace is specified"));
            }
        } else if (source.isObject()
                && reference.isObject()
                && !Values.equalExcept(source, reference, List.of("namespace"))) {
            errors.add(FieldError.invalid(field, field.child("dataSource").toString(), "must match dataSourceRef"));
        }
    }

    private static void source(JsonNode source, FieldPath field, List<FieldError> errors) {
        if (!source.isObject()) {
            return;
        }
        for (String name : List.of("name", "kind")) {
            if (source.path(name).asString("").isEmpty()) {
                errors.add(FieldError.required(field.child(name), ""));
            }
        }
        String group = source.path("apiGroup").asString("");
        String kind = source.path("kind").asString("");
        if (group.isEmpty() && !kind.equals("PersistentVolumeClaim")) {
            errors.add(FieldError.invalid(
                    field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
        }
        Values.subdomain(source, "apiGroup", field, errors);
    }
}
