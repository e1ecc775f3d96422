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
        boolean onePod = false;
        boolean others = false;
        for (JsonNode mode : modes) {
            boolean known = MODES.contains(mode.asString(""));
            if (!known) {
                errors.add(FieldError.notSupported(field, mode, MODES));
            }
            onePod |= mode.asString("").equals(ONE_POD);
            others |= known && !mode.asString("").equals(ONE_POD);
        }
        if (onePod && others) {
            errors.add(FieldError.forbidden(field, "may not use ReadWriteOncePod with other access modes"));
        }
    }
}
