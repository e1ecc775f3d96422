package io.kybern.apiserver.registry.apps;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks the numbers of replicas in a status: none is negative, no part is more than the whole. */
final class StatusCounts {

    private static final FieldPath STATUS = FieldPath.of("status");

    private StatusCounts() {}

    static void validate(JsonNode status, List<String> parts, List<FieldError> errors) {
        List<String> counts = new ArrayList<>(List.of("replicas"));
        counts.addAll(parts);
        counts.addAll(List.of("observedGeneration", "collisionCount", "unavailableReplicas", "terminatingReplicas"));
        counts.forEach(count -> Values.notNegative(status, count, STATUS, errors));
        long total = status.path("replicas").asLong(0);
        for (String part : parts) {
            if (status.path(part).asLong(0) > total) {
                errors.add(FieldError.invalid(
                        STATUS.child(part), status.path(part), "cannot be greater than status.replicas"));
            }
        }
        if (status.path("availableReplicas").asLong(0)
                > status.path("readyReplicas").asLong(0)) {
            errors.add(FieldError.invalid(
                    STATUS.child("availableReplicas"),
                    status.path("availableReplicas"),
                    "cannot be greater than readyReplicas"));
        }
    }
}
