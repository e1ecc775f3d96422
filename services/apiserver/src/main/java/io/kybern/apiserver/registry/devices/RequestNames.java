package io.kybern.apiserver.registry.devices;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The names by which the requests of a claim are spoken of.
 *
 * @param names of the requests, and of each alternative behind its request and a slash
 */
record RequestNames(Set<String> names) {

    private static final int MAX_REFERENCES = 32;
    private static final String UNKNOWN =
            "must be the name of a request in the claim or the name of a request and a subrequest"
                    + " separated by '/'";

    RequestNames {
        names = Set.copyOf(names);
    }

    /** The names in a claim's {@code spec.devices}. */
    static RequestNames of(JsonNode devices) {
        Set<String> names = new HashSet<>();
        for (JsonNode request : devices.path("requests")) {
            String name = request.path("name").asString("");
            names.add(name);
            for (JsonNode alternative : request.path("firstAvailable")) {
                names.add(name + "/" + alternative.path("name").asString(""));
            }
        }
        return new RequestNames(names);
    }

    /** Checks a list of references. */
    void references(JsonNode list, FieldPath field, List<FieldError> errors) {
        Items.distinct(
                list,
                MAX_REFERENCES,
                field,
                each -> each.asString(""),
                errors,
                (each, path) -> reference(each.asString(""), path, errors));
    }

    /** Checks one reference. */
    void reference(String name, FieldPath field, List<FieldError> errors) {
        String[] parts = name.split("/", -1);
        if (parts.length <= 2) {
            for (String part : parts) {
                DeviceNames.label(part, field, errors);
            }
        }
        if (!names.contains(name)) {
            errors.add(FieldError.invalid(field, name, UNKNOWN));
        }
    }
}
