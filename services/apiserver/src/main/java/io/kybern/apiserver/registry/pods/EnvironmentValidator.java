package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks the environment of a container. */
final class EnvironmentValidator {

    private static final List<String> SOURCES =
            List.of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef");
    private static final Set<String> FIELDS = Set.of(
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs");
    private static final List<String> RESOURCES = List.of(
            "limits.cpu",
            "limits.ephemeral-storage",
            "limits.memory",
            "requests.cpu",
            "requests.ephemeral-storage",
            "requests.memory");

    private EnvironmentValidator() {}

    /** Faults of a container's variables; {@code volumes} is the list of the pod, which files are read from. */
    static void environment(JsonNode container, JsonNode volumes, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode variable : container.path("env")) {
            FieldPath each = field.child("env").index(index++);
            String name = variable.path("name").asString("");
            if (name.isEmpty()) {
                errors.add(FieldError.required(each.child("name"), ""));
            } else {
                Names.environmentVariable(name)
                        .forEach(fault -> errors.add(FieldError.invalid(each.child("name"), name, fault)));
            }
            if (variable.has("valueFrom")) {
                source(variable, each.child("valueFrom"), errors);
                FileKeyValidator.validate(variable.path("valueFrom"), volumes, each.child("valueFrom"), errors);
            }
        }
        index = 0;
        for (JsonNode from : container.path("envFrom")) {
            FieldPath each = field.child("envFrom").index(index++);
            from(from, each, errors);
        }
    }

    private static void source(JsonNode variable, FieldPath field, List<FieldError> errors) {
        JsonNode source = variable.path("valueFrom");
        long given = SOURCES.stream().filter(source::has).count();
        if (given == 0) {
            errors.add(FieldError.invalid(
                    field,
                    "",
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"));
        } else if (!variable.path("value").asString("").isEmpty()) {
            errors.add(FieldError.invalid(field, "", "may not be specified when `value` is not empty"));
        } else if (given > 1) {
            errors.add(FieldError.invalid(field, "", "may not have more than one field specified at a time"));
        }
        if (source.has("fieldRef")) {
            fieldRef(source.path("fieldRef"), field.child("fieldRef"), false, errors);
        }
        if (source.has("resourceFieldRef")) {
            resourceRef(source.path("resourceFieldRef"), field.child("resourceFieldRef"), errors);
        }
        for (String reference : List.of("configMapKeyRef", "secretKeyRef")) {
            if (source.has(reference)) {
                keyRef(source.path(reference), field.child(reference), errors);
            }
        }
    }

    /** Checks a reference to a field of the pod; volumes may also name whole labels and annotations. */
    static void fieldRef(JsonNode reference, FieldPath field, boolean inVolume, List<FieldError> errors) {
        String version = reference.path("apiVersion").asString("");
        String path = reference.path("fieldPath").asString("");
        if (version.isEmpty()) {
            errors.add(FieldError.required(field.child("apiVersion"), ""));
        } else if (path.isEmpty()) {
            errors.add(FieldError.required(field.child("fieldPath"), ""));
        } else if (subscripted(path)) {
            String key = path.substring(path.indexOf('[') + 2, path.length() - 2);
            Names.qualifiedName(key).forEach(fault -> errors.add(FieldError.invalid(field, key, fault)));
        } else if (inVolume && (path.equals("metadata.labels") || path.equals("metadata.annotations"))) {
            return;
        } else if (!FIELDS.contains(path)) {
            errors.add(FieldError.invalid(
                    field.child("fieldPath"), path, "error converting fieldPath: field label not supported: " + path));
        }
    }

    private static boolean subscripted(String path) {
        return (path.startsWith("metadata.labels['") || path.startsWith("metadata.annotations['"))
                && path.endsWith("']");
    }

    static void resourceRef(JsonNode reference, FieldPath field, List<FieldError> errors) {
        String resource = reference.path("resource").asString("");
        if (resource.isEmpty()) {
            errors.add(FieldError.required(field.child("resource"), ""));
        } else if (!RESOURCES.contains(resource)
                && !resource.startsWith("limits.hugepages-")
                && !resource.startsWith("requests.hugepages-")) {
            errors.add(FieldError.notSupported(field.child("resource"), resource, RESOURCES));
        }
    }

    private static void keyRef(JsonNode reference, FieldPath field, List<FieldError> errors) {
        if (reference.path("name").asString("").isEmpty()) {
            errors.add(FieldError.required(field.child("name"), ""));
        }
        String key = reference.path("key").asString("");
        if (key.isEmpty()) {
            errors.add(FieldError.required(field.child("key"), ""));
        } else {
            Names.configKey(key).forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
        }
    }

    private static void from(JsonNode from, FieldPath field, List<FieldError> errors) {
        String prefix = from.path("prefix").asString("");
        if (!prefix.isEmpty()) {
            Names.environmentVariable(prefix)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("prefix"), prefix, fault)));
        }
        boolean configMap = from.has("configMapRef");
        boolean secret = from.has("secretRef");
        if (!configMap && !secret) {
            errors.add(FieldError.invalid(field, "", "must specify one of: `configMapRef` or `secretRef`"));
        } else if (configMap && secret) {
            errors.add(FieldError.invalid(field, "", "may not have more than one field specified at a time"));
        }
        for (String reference : List.of("configMapRef", "secretRef")) {
            if (from.has(reference)
                    && from.path(reference).path("name").asString("").isEmpty()) {
                errors.add(FieldError.required(field.child(reference, "name"), ""));
            }
        }
    }
}
