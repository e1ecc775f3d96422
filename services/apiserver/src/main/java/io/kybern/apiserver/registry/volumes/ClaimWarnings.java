package io.kybern.apiserver.registry.volumes;

import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What the creator of a claim should hear although nothing is wrong. */
public final class ClaimWarnings {

    private ClaimWarnings() {}

    /** Those of a spec: bytes are not divided. */
    public static List<String> of(JsonNode spec, FieldPath field) {
        List<String> warnings = new ArrayList<>();
        for (String list : List.of("requests", "limits")) {
            Values.quantity(spec.path("resources").path(list).path("storage"))
                    .filter(size -> size.value().remainder(BigDecimal.ONE).signum() != 0)
                    .ifPresent(size -> warnings.add("%s: fractional byte value \"%s\" is invalid, must be an integer"
                            .formatted(field.child("resources", list).key("storage"), size.canonical())));
        }
        return warnings;
    }
}
