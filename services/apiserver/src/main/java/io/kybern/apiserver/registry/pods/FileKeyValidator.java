package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Checks a variable whose value stands in a file of one of the pod's volumes. See <a
 * href="https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-via-file/">environment
 * variables from a file</a>.
 */
final class FileKeyValidator {

    /** As long as the field is new, its keys are short. */
    private static final int MAX_KEY = 128;

    private FileKeyValidator() {}

    static void validate(JsonNode source, JsonNode volumes, FieldPath sourceField, List<FieldError> errors) {
        if (!source.has("fileKeyRef")) {
            return;
        }
        JsonNode reference = source.path("fileKeyRef");
        FieldPath field = sourceField.child("fileKeyRef");
        volume(reference.path("volumeName").asString(""), volumes, field.child("volumeName"), errors);
        String path = reference.path("path").asString("");
        if (path.isEmpty()) {
            errors.add(FieldError.required(field.child("path"), ""));
        } else {
            VolumeValidator.localPath(path, field.child("path"), errors);
        }
        String key = reference.path("key").asString("");
        if (key.isEmpty()) {
            errors.add(FieldError.required(field.child("key"), ""));
        } else if (key.length() > MAX_KEY) {
            errors.add(FieldError.tooLong(field.child("key"), MAX_KEY));
        } else {
            Names.environmentVariable(key)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("key"), key, fault)));
        }
    }

    private static void volume(String name, JsonNode volumes, FieldPath field, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(field, ""));
            return;
        }
        for (JsonNode volume : volumes) {
            if (volume.path("name").asString("").equals(name)) {
                if (!volume.has("emptyDir")) {
                    errors.add(FieldError.invalid(field, name, "referenced volume must be of type emptyDir"));
                }
                return;
            }
        }
        errors.add(FieldError.notFound(field, name));
    }
}
