package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import io.kybern.api.quota.PodAmounts;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a pod asks for as a whole: it covers what its containers ask for together, and none of them may have more than it. See
 * <a href="https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/">pod-level resources</a>.
 */
final class PodResourcesValidator {

    private PodResourcesValidator() {}

    /** @param field where the pod's spec is */
    static void validate(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode whole = spec.path("resources");
        if (!whole.isObject()) {
            return;
        }
        FieldPath path = field.child("resources");
        if (spec.path("os").path("name").asString("").equals("windows")) {
            errors.add(FieldError.forbidden(path, "may not be set for a windows pod"));
            return;
        }
        if (whole.has("claims")) {
            errors.add(FieldError.forbidden(path.child("claims"), "claims may not be set for Resources at pod-level"));
        }
        ResourceValidator.wholeResources(whole, path, errors);
        covers(spec, "requests", path, errors);
        covers(spec, "limits", path, errors);
        for (int i = 0; i < spec.path("containers").size(); i++) {
            bounds(
                    spec.path("containers").get(i).path("resources").path("limits"),
                    whole.path("limits"),
                    path.child("containers").index(i),
                    errors);
        }
    }

    /** Limits of containers may add up to more than the pod may have, but not those that are set aside. */
    private static void covers(JsonNode spec, String list, FieldPath field, List<FieldError> errors) {
        ObjectNode apart = JsonNodeFactory.instance.objectNode();
        apart.set("containers", spec.path("containers"));
        apart.set("initContainers", spec.path("initContainers"));
        JsonNode said = spec.path("resources").path(list);
        for (Map.Entry<String, Quantity> together :
                PodAmounts.ofContainers(apart, list).byName().entrySet()) {
            String name = together.getKey();
            Optional<Quantity> own = Values.quantity(said.path(name));
            boolean counts = list.equals("requests") || name.startsWith("hugepages-");
            if (counts && own.isPresent() && together.getValue().compareTo(own.get()) > 0) {
                errors.add(FieldError.invalid(
                        field.child(list).key(name),
                        own.get().canonical(),
                        "must be greater than or equal to aggregate container %s of %s"
                                .formatted(list, together.getValue().canonical())));
            }
        }
    }

    private static void bounds(JsonNode limits, JsonNode whole, FieldPath field, List<FieldError> errors) {
        for (Map.Entry<String, JsonNode> limit : limits.properties()) {
            Optional<Quantity> own = Values.quantity(limit.getValue());
            Optional<Quantity> most = Values.quantity(whole.path(limit.getKey()));
            if (own.isPresent() && most.isPresent() && own.get().compareTo(most.get()) > 0) {
                errors.add(FieldError.invalid(
                        field.key(limit.getKey()).child("limits"),
                        own.get().canonical(),
                        "must be less than or equal to pod limits of "
                                + most.get().canonical()));
            }
        }
    }
}
