package io.kybern.apiserver.registry.devices;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.NodeSelectorRules;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks a slice: which pool it belongs to, which nodes have its devices, and what counts them. */
final class SliceRules {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath POOL = SPEC.child("pool");
    private static final String SLICE_ONE_OF =
            "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
    private static final int MAX_DEVICES = 128;

    /** What more there is to say of each device takes room. */
    private static final int MAX_ADVANCED_DEVICES = 64;

    private static final int MAX_COUNTER_SETS = 8;
    private static final int MAX_COUNTERS = 32;

    private SliceRules() {}

    static void validate(JsonNode spec, List<FieldError> errors) {
        DeviceNames.driver(spec.path("driver").asString(""), SPEC.child("driver"), errors);
        pool(spec.path("pool"), errors);
        nodes(spec, errors);
        if (spec.path("sharedCounters").isArray() && spec.path("devices").isArray()) {
            errors.add(FieldError.invalid(SPEC, "", "only one of `sharedCounters` or `devices` is allowed"));
        }
        boolean perDevice = spec.path("perDeviceNodeSelection").asBoolean(false);
        boolean advanced = spec.path("devices").valueStream().anyMatch(SliceRules::isAdvanced);
        Items.distinct(
                spec.path("devices"),
                advanced ? MAX_ADVANCED_DEVICES : MAX_DEVICES,
                SPEC.child("devices"),
                device -> device.path("name").asString(""),
                errors,
                (device, field) -> DeviceValidator.validate(device, perDevice, field, errors));
        Items.distinct(
                spec.path("sharedCounters"),
                MAX_COUNTER_SETS,
                SPEC.child("sharedCounters"),
                set -> set.path("name").asString(""),
                errors,
                (set, field) -> {
                    counterSet(set.path("name").asString(""), field.child("name"), errors);
                    counters(set.path("counters"), field.child("counters"), errors);
                });
    }

    private static boolean isAdvanced(JsonNode device) {
        return !device.path("taints").isEmpty()
                || !device.path("consumesCounters").isEmpty();
    }

    private static void pool(JsonNode pool, List<FieldError> errors) {
        DeviceNames.pool(pool.path("name").asString(""), POOL.child("name"), errors);
        long slices = pool.path("resourceSliceCount").asLong(0);
        if (slices <= 0) {
            errors.add(FieldError.invalid(POOL.child("resourceSliceCount"), slices, "must be greater than zero"));
        }
        long generation = pool.path("generation").asLong(0);
        if (generation < 0) {
            errors.add(
                    FieldError.invalid(POOL.child("generation"), generation, "must be greater than or equal to zero"));
        }
    }

    private static void nodes(JsonNode spec, List<FieldError> errors) {
        List<String> set = new ArrayList<>();
        nodeName(spec, SPEC, "must be either unset or set to a non-empty string", set, errors);
        JsonNode selector = spec.path("nodeSelector");
        if (selector.isObject()) {
            set.add("`nodeSelector`");
            NodeSelectorRules.selector(selector, SPEC.child("nodeSelector"), errors);
            JsonNode terms = selector.path("nodeSelectorTerms");
            if (terms.size() != 1) {
                errors.add(FieldError.invalid(
                        SPEC.child("nodeSelector", "nodeSelectorTerms"),
                        terms.isMissingNode() ? null : terms,
                        "must have exactly one node selector term"));
            }
        }
        flag(spec, "allNodes", SPEC, set, errors);
        flag(spec, "perDeviceNodeSelection", SPEC, set, errors);
        if (set.isEmpty()) {
            errors.add(FieldError.required(SPEC, SLICE_ONE_OF));
        } else if (set.size() > 1) {
            errors.add(FieldError.invalid(
                    SPEC, "{" + String.join(", ", set) + "}", SLICE_ONE_OF + ", but multiple fields are set"));
        }
    }

    static void nodeName(JsonNode object, FieldPath field, String fault, List<String> set, List<FieldError> errors) {
        JsonNode name = object.path("nodeName");
        FieldPath where = field.child("nodeName");
        if (name.isString() && name.asString().isEmpty()) {
            errors.add(FieldError.invalid(where, name, fault));
        } else if (name.isString()) {
            set.add("`nodeName`");
            Names.dns1123Subdomain(name.asString()).forEach(each -> errors.add(FieldError.invalid(where, name, each)));
        }
    }

    static void flag(JsonNode object, String name, FieldPath field, List<String> set, List<FieldError> errors) {
        JsonNode flag = object.path(name);
        if (flag.isBoolean() && !flag.asBoolean()) {
            errors.add(FieldError.invalid(field.child(name), flag, "must be either unset or set to true"));
        } else if (flag.isBoolean()) {
            set.add("`" + name + "`");
        }
    }

    static void counterSet(String name, FieldPath field, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else {
            DeviceNames.label(name, field, errors);
        }
    }

    static void counters(JsonNode counters, FieldPath field, List<FieldError> errors) {
        if (counters.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        }
        Items.entries(
                counters,
                MAX_COUNTERS,
                field,
                errors,
                (name, at) -> DeviceNames.label(name, at, errors),
                (c, at) -> {});
    }
}
