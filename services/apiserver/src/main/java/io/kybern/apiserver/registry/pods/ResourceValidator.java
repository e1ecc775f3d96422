package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks what a container, or a pod as a whole, requests and is limited to. */
final class ResourceValidator {

    private static final Set<String> STANDARD = Set.of("cpu", "memory", "ephemeral-storage");
    private static final Set<String> OVERCOMMITTED = Set.of("cpu", "memory", "ephemeral-storage");
    private static final String HUGE_PAGES = "hugepages-";

    private ResourceValidator() {}

    /** Checks the name of a resource. */
    @FunctionalInterface
    private interface NameCheck {
        void check(String name, FieldPath field, List<FieldError> errors);
    }

    static void resources(JsonNode resources, FieldPath field, List<FieldError> errors) {
        check(resources, field, ResourceValidator::name, errors);
    }

    /** Those of a pod, which are fewer. */
    static void wholeResources(JsonNode resources, FieldPath field, List<FieldError> errors) {
        check(resources, field, ResourceValidator::nameOfPods, errors);
    }

    private static void check(JsonNode resources, FieldPath field, NameCheck names, List<FieldError> errors) {
        JsonNode limits = resources.path("limits");
        JsonNode requests = resources.path("requests");
        amounts(limits, field.child("limits"), names, errors);
        for (Map.Entry<String, JsonNode> limit : limits.properties()) {
            if (isHugePages(limit.getKey()) && !limit.getValue().equals(requests.path(limit.getKey()))) {
                errors.add(FieldError.invalid(
                        field.child("requests"),
                        requests.path(limit.getKey()).asString("0"),
                        "must be equal to %s limit of %s"
                                .formatted(limit.getKey(), limit.getValue().asString(""))));
            }
        }
        amounts(requests, field.child("requests"), names, errors);
        for (Map.Entry<String, JsonNode> request : requests.properties()) {
            compare(request, limits, field.child("requests"), errors);
        }
    }

    private static void compare(
            Map.Entry<String, JsonNode> request, JsonNode limits, FieldPath field, List<FieldError> errors) {
        String name = request.getKey();
        Optional<Quantity> requested = Values.quantity(request.getValue());
        Optional<Quantity> limit = Values.quantity(limits.path(name));
        if (requested.isEmpty()) {
            return;
        }
        if (limit.isEmpty()) {
            if (!OVERCOMMITTED.contains(name) && name.contains("/")) {
                errors.add(FieldError.required(
                        FieldPath.of(field.toString().replace("requests", "limits")),
                        "Limit must be set for non overcommitable resources"));
            }
            return;
        }
        String text = requested.get().canonical();
        if (!OVERCOMMITTED.contains(name) && !requested.get().equals(limit.get())) {
            errors.add(FieldError.invalid(
                    field,
                    text,
                    "must be equal to %s limit of %s"
                            .formatted(name, limit.get().canonical())));
        } else if (requested.get().compareTo(limit.get()) > 0) {
            errors.add(FieldError.invalid(
                    field,
                    text,
                    "must be less than or equal to %s limit of %s"
                            .formatted(name, limit.get().canonical())));
        }
    }

    private static void amounts(JsonNode amounts, FieldPath field, NameCheck names, List<FieldError> errors) {
        for (Map.Entry<String, JsonNode> amount : amounts.properties()) {
            String name = amount.getKey();
            FieldPath path = field.key(name);
            names.check(name, path, errors);
            Values.quantity(amount.getValue()).ifPresent(quantity -> amount(name, quantity, path, errors));
        }
    }

    private static void name(String name, FieldPath field, List<FieldError> errors) {
        Names.qualifiedName(name).forEach(fault -> errors.add(FieldError.invalid(field, name, fault)));
        if (!name.contains("/") && !STANDARD.contains(name) && !isHugePages(name)) {
            errors.add(FieldError.invalid(field, name, "must be a standard resource type or fully qualified"));
            errors.add(FieldError.invalid(field, name, "must be a standard resource for containers"));
        }
    }

    private static void nameOfPods(String name, FieldPath field, List<FieldError> errors) {
        List<String> faults = Names.qualifiedName(name);
        faults.forEach(fault -> errors.add(FieldError.invalid(field, name, fault)));
        if (!name.contains("/") && !STANDARD.contains(name) && !isHugePages(name)) {
            errors.add(FieldError.invalid(field, name, "must be a standard resource type or fully qualified"));
        } else if (faults.isEmpty() && !ofPods(name)) {
            errors.add(FieldError.notSupported(field, name, List.of("cpu", HUGE_PAGES, "memory")));
        }
    }

    /** Whether a pod may ask for this resource as a whole. */
    static boolean ofPods(String name) {
        return name.equals("cpu") || name.equals("memory") || isHugePages(name);
    }

    private static void amount(String name, Quantity quantity, FieldPath field, List<FieldError> errors) {
        if (quantity.signum() < 0) {
            errors.add(FieldError.invalid(field, quantity.canonical(), Values.NOT_NEGATIVE));
        }
        boolean whole = name.contains("/") || isHugePages(name);
        if (whole && quantity.value().remainder(BigDecimal.ONE).signum() != 0) {
            errors.add(FieldError.invalid(field, quantity.canonical(), "must be an integer"));
        }
    }

    private static boolean isHugePages(String name) {
        return name.startsWith(HUGE_PAGES);
    }
}
