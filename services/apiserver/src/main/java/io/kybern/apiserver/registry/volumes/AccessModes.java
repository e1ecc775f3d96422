package io.kybern.apiserver.registry.volumes;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks how a volume may be mounted. */
final class AccessModes {

    private static final String ONE_POD = "ReadWriteOncePod";
    private static final List<String> MODES = List.of("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", ONE_POD);

    private AccessModes() {}

    static void validate(JsonNode modes, FieldPath field, List<FieldError> errors) {
        if (modes.isEmpty()) {
            errors.add(FieldError.required(field, "at least 1 access mode is required"));
        }
        boolean onePod = false;
        for (JsonNode mode : modes) {
            if (!MODES.contains(mode.asString(""))) {
                errors.add(FieldError.notSupported(field, mode, MODES));
            }
            onePod |= mode.asString("").equals(ONE_POD);
        }
        if (onePod && modes.size() > 1) {
            errors.add(FieldError.forbidden(field, "may not use ReadWriteOncePod with other access modes"));
        }
    }
}
