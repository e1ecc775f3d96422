package io.kybern.apiserver.registry.extensions;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Checks the names that a definition asks for or was granted. */
final class DefinitionNames {

    private DefinitionNames() {}

    static void validate(JsonNode names, FieldPath path, List<FieldError> errors) {
        for (String field : List.of("plural", "singular")) {
            label(names.path(field).asString(""), path.child(field), errors);
        }
        for (String field : List.of("kind", "listKind")) {
            String name = names.path(field).asString("");
            List<String> faults = name.isEmpty() ? List.of() : Names.dns1035Label(name.toLowerCase(Locale.ROOT));
            if (!faults.isEmpty()) {
                errors.add(FieldError.invalid(
                        path.child(field),
                        name,
                        "may have mixed case, but should otherwise match: " + String.join(",", faults)));
            }
        }
        labels(names.path("shortNames"), path.child("shortNames"), errors);
        String kind = names.path("kind").asString("");
        String listKind = names.path("listKind").asString("");
        if (!kind.isEmpty() && kind.equals(listKind)) {
            errors.add(FieldError.invalid(path.child("listKind"), listKind, "kind and listKind may not be the same"));
        }
        labels(names.path("categories"), path.child("categories"), errors);
    }

    private static void labels(JsonNode list, FieldPath path, List<FieldError> errors) {
        for (int i = 0; i < list.size(); i++) {
            String name = list.get(i).asString("");
            List<String> faults = Names.dns1035Label(name);
            if (!faults.isEmpty()) {
                errors.add(FieldError.invalid(path.index(i), name, String.join(",", faults)));
            }
        }
    }

    private static void label(String name, FieldPath path, List<FieldError> errors) {
        List<String> faults = name.isEmpty() ? List.of() : Names.dns1035Label(name);
        if (!faults.isEmpty()) {
            errors.add(FieldError.invalid(path, name, String.join(",", faults)));
        }
    }
}
