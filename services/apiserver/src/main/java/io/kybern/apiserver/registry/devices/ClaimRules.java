package io.kybern.apiserver.registry.devices;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a claim asks for: its defaults and its faults, for claims and for templates of claims. */
final class ClaimRules {

    private static final int MAX_REQUESTS = 32;
    private static final int MAX_ALTERNATIVES = 8;
    private static final int MAX_CONSTRAINTS = 32;
    private static final String EXACT_COUNT = "ExactCount";
    private static final List<String> MODES = List.of("All", EXACT_COUNT);
    private static final String ONE_OF = "exactly one of `exactly` or `firstAvailable` is required";

    /** As many configurations as a claim or class may have. */
    static final int MAX_CONFIG = 32;

    private ClaimRules() {}

    /** Sets the mode and count of each request. */
    static void applyDefaults(JsonNode spec) {
        Absent.each(spec.path("devices").path("requests"), request -> {
            Absent.with(request, "exactly", ClaimRules::count);
            Absent.each(request.path("firstAvailable"), ClaimRules::count);
        });
    }

    private static void count(ObjectNode request) {
        if (request.path("allocationMode").asString("").isEmpty()) {
            request.put("allocationMode", EXACT_COUNT);
        }
        if (request.path("allocationMode").asString("").equals(EXACT_COUNT)
                && request.path("count").asLong(0) == 0) {
            request.put("count", 1);
        }
    }

    static void validate(JsonNode spec, FieldPath field, List<FieldError> errors) {
        JsonNode devices = spec.path("devices");
        FieldPath path = field.child("devices");
        RequestNames names = RequestNames.of(devices);
        Items.distinct(
                devices.path("requests"),
                MAX_REQUESTS,
                path.child("requests"),
                request -> request.path("name").asString(""),
                errors,
                (request, each) -> request(request, each, errors));
        Items.each(
                devices.path("constraints"),
                MAX_CONSTRAINTS,
                path.child("constraints"),
                errors,
                (constraint, each) -> constraint(constraint, names, each, errors));
        Items.each(devices.path("config"), MAX_CONFIG, path.child("config"), errors, (config, each) -> {
            names.references(config.path("requests"), each.child("requests"), errors);
            DeviceRules.configuration(config, each, errors);
        });
    }

    private static void request(JsonNode request, FieldPath field, List<FieldError> errors) {
        DeviceNames.label(request.path("name").asString(""), field.child("name"), errors);
        boolean exactly = request.path("exactly").isObject();
        JsonNode alternatives = request.path("firstAvailable");
        if (exactly && !alternatives.isEmpty()) {
            errors.add(FieldError.invalid(field, null, ONE_OF + ", but multiple fields are set"));
        } else if (exactly) {
            asked(request.path("exactly"), field.child("exactly"), errors);
        } else if (alternatives.isEmpty()) {
            errors.add(FieldError.required(field, ONE_OF));
        } else {
            Items.distinct(
                    alternatives,
                    MAX_ALTERNATIVES,
                    field.child("firstAvailable"),
                    alternative -> alternative.path("name").asString(""),
                    errors,
                    (alternative, each) -> {
                        DeviceNames.label(alternative.path("name").asString(""), each.child("name"), errors);
                        asked(alternative, each, errors);
                    });
        }
    }

    private static void asked(JsonNode request, FieldPath field, List<FieldError> errors) {
        DeviceNames.className(request.path("deviceClassName").asString(""), field.child("deviceClassName"), errors);
        DeviceRules.selectors(request.path("selectors"), field.child("selectors"), errors);
        long count = request.path("count").asLong(0);
        String mode = request.path("allocationMode").asString("");
        switch (mode) {
            case "All" -> {
                if (count != 0) {
                    errors.add(FieldError.invalid(
                            field.child("count"), count, "must not be specified when allocationMode is 'All'"));
                }
            }
            case EXACT_COUNT -> {
                if (count <= 0) {
                    errors.add(FieldError.invalid(field.child("count"), count, "must be greater than zero"));
                }
            }
            default -> errors.add(FieldError.notSupported(field.child("allocationMode"), mode, MODES));
        }
        int index = 0;
        for (JsonNode toleration : request.path("tolerations")) {
            DeviceRules.toleration(toleration, field.child("tolerations").index(index++), errors);
        }
    }

    private static void constraint(JsonNode constraint, RequestNames names, FieldPath field, List<FieldError> errors) {
        names.references(constraint.path("requests"), field.child("requests"), errors);
        boolean any = false;
        for (String kind : List.of("matchAttribute", "distinctAttribute")) {
            if (!any && constraint.path(kind).isString()) {
                DeviceNames.fullyQualified(constraint.path(kind).asString(), field.child(kind), errors);
                any = true;
            }
        }
        if (!any) {
            errors.add(
                    FieldError.required(
                            field,
                            "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set"));
        }
    }
}
