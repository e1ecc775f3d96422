package io.kybern.apiserver.registry.devices;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.NodeSelectorRules;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Checks one device of a slice. */
final class DeviceValidator {

    private static final String DEVICE_ONE_OF =
            "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when"
                    + " `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    private static final int MAX_PROPERTIES = 32;
    private static final int MAX_VALUE = 64;
    private static final int MAX_TAINTS = 16;
    private static final int MAX_CONSUMED_SETS = 2;
    private static final List<String> VALUES = List.of("bool", "int", "string", "version");
    private static final List<String> LISTS = List.of("bools", "ints", "strings", "versions");

    /** A version as semver.org has it. */
    private static final Pattern VERSION = Pattern.compile("(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)"
            + "(-(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(\\.(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
            + "(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?");

    private DeviceValidator() {}

    static void validate(JsonNode device, boolean choosesNodes, FieldPath field, List<FieldError> errors) {
        DeviceNames.label(device.path("name").asString(""), field.child("name"), errors);
        properties(device, field, errors);
        Items.each(
                device.path("taints"),
                MAX_TAINTS,
                field.child("taints"),
                errors,
                (taint, each) -> DeviceRules.taint(taint, each, errors));
        Items.distinct(
                device.path("consumesCounters"),
                MAX_CONSUMED_SETS,
                field.child("consumesCounters"),
                consumed -> consumed.path("counterSet").asString(""),
                errors,
                (consumed, each) -> {
                    SliceRules.counterSet(consumed.path("counterSet").asString(""), each.child("counterSet"), errors);
                    SliceRules.counters(consumed.path("counters"), each.child("counters"), errors);
                });
        nodes(device, choosesNodes, field, errors);
        DeviceRules.binding(device, field, errors);
    }

    private static void properties(JsonNode device, FieldPath field, List<FieldError> errors) {
        JsonNode attributes = device.path("attributes");
        JsonNode capacity = device.path("capacity");
        int count = attributes.size() + capacity.size();
        if (count > MAX_PROPERTIES) {
            errors.add(FieldError.invalid(
                    field, count, "the total number of attributes and capacities must not exceed " + MAX_PROPERTIES));
        }
        Items.entries(
                attributes,
                Integer.MAX_VALUE,
                field.child("attributes"),
                errors,
                (name, at) -> DeviceNames.qualified(name, at, errors),
                (value, at) -> attribute(value, at, errors));
        boolean shared = device.path("allowMultipleAllocations").asBoolean(false);
        Items.entries(
                capacity,
                Integer.MAX_VALUE,
                field.child("capacity"),
                errors,
                (name, at) -> DeviceNames.qualified(name, at, errors),
                (value, at) -> {
                    if (!shared && value.path("requestPolicy").isObject()) {
                        errors.add(FieldError.forbidden(
                                at.child("requestPolicy"), "allowMultipleAllocations must be true"));
                    } else if (value.path("requestPolicy").isObject()) {
                        RequestPolicyRules.validate(value, at.child("requestPolicy"), errors);
                    }
                });
    }

    private static void attribute(JsonNode attribute, FieldPath field, List<FieldError> errors) {
        int set = 0;
        for (String kind : VALUES) {
            if (attribute.has(kind)) {
                set++;
                value(kind, attribute.path(kind), field.child(kind), errors);
            }
        }
        for (int i = 0; i < LISTS.size(); i++) {
            JsonNode list = attribute.path(LISTS.get(i));
            FieldPath where = field.child(LISTS.get(i));
            if (list.isArray()) {
                set++;
                if (list.isEmpty()) {
                    errors.add(FieldError.invalid(where, list, "must not be empty if specified"));
                }
                for (int each = 0; each < list.size(); each++) {
                    value(VALUES.get(i), list.get(each), where.index(each), errors);
                }
            }
        }
        if (set != 1) {
            errors.add(FieldError.invalid(field, set == 0 ? "" : attribute, "exactly one value must be specified"));
        }
    }

    private static void value(String kind, JsonNode value, FieldPath field, List<FieldError> errors) {
        if (kind.equals("version") && !VERSION.matcher(value.asString("")).matches()) {
            errors.add(FieldError.invalid(field, value, "must be a string compatible with semver.org spec 2.0.0"));
        }
        if (value.isString() && value.asString().getBytes(StandardCharsets.UTF_8).length > MAX_VALUE) {
            errors.add(FieldError.tooLong(field, MAX_VALUE));
        }
    }

    private static void nodes(JsonNode device, boolean chooses, FieldPath field, List<FieldError> errors) {
        if (!chooses) {
            if (device.has("nodeName") || device.has("nodeSelector") || device.has("allNodes")) {
                errors.add(FieldError.invalid(
                        field,
                        null,
                        "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to"
                                + " true in the ResourceSlice spec"));
            }
            return;
        }
        List<String> set = new ArrayList<>();
        SliceRules.nodeName(device, field, "must not be empty", set, errors);
        if (device.path("nodeSelector").isObject()) {
            set.add("`nodeSelector`");
            NodeSelectorRules.selector(device.path("nodeSelector"), field.child("nodeSelector"), errors);
        }
        SliceRules.flag(device, "allNodes", field, set, errors);
        if (set.isEmpty()) {
            errors.add(FieldError.required(field, DEVICE_ONE_OF));
        } else if (set.size() > 1) {
            errors.add(FieldError.invalid(field, "{" + String.join(", ", set) + "}", DEVICE_ONE_OF));
        }
    }
}
