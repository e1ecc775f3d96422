package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Paths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Checks a variable whose value stands in a file of one of the pod's volumes. See <a
 * href="https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-via-file/">environment
 * variables from a file</a>.
 */
final class FileKeyValidator {

    private FileKeyValidator() {}

    static void reference(JsonNode reference, FieldPath field, List<FieldError> errors) {
        String key = reference.path("key").asString("");
        if (key.isEmpty()) {
            errors.add(FieldError.required(field.child("key"), ""));
        } else {
            Names.environmentVariable(key)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
        }
        String volume = reference.path("volumeName").asString("");
        if (volume.isEmpty()) {
            errors.add(FieldError.required(field.child("volumeName"), ""));
        } else {
            Names.dns1123Label(volume)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("volumeName"), volume, fault)));
        }
        String path = reference.path("path").asString("");
        if (path.isEmpty()) {
            errors.add(FieldError.required(field.child("path"), ""));
        } else {
            Paths.noBackSteps(path, field.child("path"), errors);
        }
    }

    /** Checks that the files are in volumes that the pod's containers write themselves. */
    static void volumes(JsonNode spec, FieldPath field, List<FieldError> errors) {
        Map<String, JsonNode> volumes = new HashMap<>();
        spec.path("volumes").forEach(volume -> volumes.put(volume.path("name").asString(""), volume));
        PodContainers.each(spec, field, (container, path) -> {
            int index = 0;
            for (JsonNode variable : container.path("env")) {
                FieldPath each = path.child("env").index(index++).child("valueFrom", "fileKeyRef");
                JsonNode reference = variable.path("valueFrom").path("fileKeyRef");
                if (reference.isObject()) {
                    volume(reference.path("volumeName").asString(""), volumes, each.child("volumeName"), errors);
                }
            }
        });
    }

    private static void volume(String name, Map<String, JsonNode> volumes, FieldPath field, List<FieldError> errors) {
        JsonNode volume = volumes.get(name);
        if (volume == null) {
            errors.add(FieldError.notFound(field, name));
        } else if (!volume.has("emptyDir")) {
            errors.add(FieldError.invalid(field, name, "referenced volume must be of type emptyDir"));
        }
    }
}
