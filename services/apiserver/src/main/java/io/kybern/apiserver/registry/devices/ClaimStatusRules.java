package io.kybern.apiserver.registry.devices;

import io.kybern.api.KubeObject;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.IpRules;
import io.kybern.apiserver.registry.NodeSelectorRules;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Checks what a claim got: an allocation never changes, and only who is allocated for may use it. */
final class ClaimStatusRules {

    private static final FieldPath STATUS = FieldPath.of("status");
    private static final FieldPath RESERVED = STATUS.child("reservedFor");
    private static final int MAX_CONSUMERS = 256;
    private static final int MAX_RESULTS = 32;
    private static final int MAX_CONDITIONS = 8;
    private static final int MAX_IPS = 16;
    private static final int MAX_INTERFACE = 256;
    private static final int MAX_HARDWARE = 128;
    private static final List<String> SOURCES = List.of("FromClaim", "FromClass");
    private static final Pattern UID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private ClaimStatusRules() {}

    static void validate(ObjectNode claim, ObjectNode old, List<FieldError> errors) {
        JsonNode status = claim.path("status");
        JsonNode before = old.path("status");
        consumers(status, before, KubeObject.isBeingDeleted(claim), errors);
        Set<String> allocated = DeviceIds.allocated(status);
        Items.distinct(
                status.path("devices"),
                Integer.MAX_VALUE,
                STATUS.child("devices"),
                DeviceIds::of,
                errors,
                (device, field) -> device(device, allocated, field, errors));
        boolean has = status.path("allocation").isObject();
        if (has && before.path("allocation").isObject()) {
            Values.immutable(status.path("allocation"), before.path("allocation"), STATUS.child("allocation"), errors);
        } else if (has) {
            allocation(
                    status.path("allocation"),
                    RequestNames.of(claim.path("spec").path("devices")),
                    STATUS.child("allocation"),
                    errors);
        }
    }

    private static void consumers(JsonNode status, JsonNode before, boolean deleted, List<FieldError> errors) {
        JsonNode consumers = status.path("reservedFor");
        Items.distinct(
                consumers,
                MAX_CONSUMERS,
                RESERVED,
                consumer -> consumer.path("uid").asString(""),
                errors,
                (consumer, field) -> {
                    for (String part : List.of("resource", "name", "uid")) {
                        if (consumer.path(part).asString("").isEmpty()) {
                            errors.add(FieldError.required(field.child(part), ""));
                        }
                    }
                });
        if (consumers.isEmpty()) {
            return;
        }
        if (!status.path("allocation").isObject()) {
            errors.add(FieldError.forbidden(RESERVED, "may not be specified when `allocated` is not set"));
        } else if (deleted && consumers.valueStream().anyMatch(each -> !contains(before.path("reservedFor"), each))) {
            errors.add(FieldError.forbidden(
                    RESERVED,
                    "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"));
        }
    }

    private static boolean contains(JsonNode list, JsonNode element) {
        return list.valueStream().anyMatch(each -> Values.same(each, element));
    }

    private static void allocation(JsonNode allocation, RequestNames names, FieldPath field, List<FieldError> errors) {
        JsonNode devices = allocation.path("devices");
        FieldPath path = field.child("devices");
        Items.each(
                devices.path("results"),
                MAX_RESULTS,
                path.child("results"),
                errors,
                (result, each) -> result(result, names, each, errors));
        Items.each(devices.path("config"), 2 * ClaimRules.MAX_CONFIG, path.child("config"), errors, (config, each) -> {
            Values.oneOf(config, "source", each, SOURCES, true, errors);
            names.references(config.path("requests"), each.child("requests"), errors);
            DeviceRules.configuration(config, each, errors);
        });
        if (allocation.path("nodeSelector").isObject()) {
            NodeSelectorRules.selector(allocation.path("nodeSelector"), field.child("nodeSelector"), errors);
        }
    }

    private static void result(JsonNode result, RequestNames names, FieldPath field, List<FieldError> errors) {
        names.reference(result.path("request").asString(""), field.child("request"), errors);
        identity(result, field, errors);
        DeviceRules.binding(result, field, errors);
        int index = 0;
        for (JsonNode toleration : result.path("tolerations")) {
            DeviceRules.toleration(toleration, field.child("tolerations").index(index++), errors);
        }
    }

    private static void identity(JsonNode device, FieldPath field, List<FieldError> errors) {
        DeviceNames.driver(device.path("driver").asString(""), field.child("driver"), errors);
        DeviceNames.pool(device.path("pool").asString(""), field.child("pool"), errors);
        DeviceNames.label(device.path("device").asString(""), field.child("device"), errors);
        JsonNode share = device.path("shareID");
        if (share.isString() && !UID.matcher(share.asString()).matches()) {
            errors.add(FieldError.invalid(
                    field.child("shareID"),
                    share,
                    "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase"
                            + " hexadecimal characters"));
        }
    }

    private static void device(JsonNode device, Set<String> allocated, FieldPath field, List<FieldError> errors) {
        identity(device, field, errors);
        if (!allocated.contains(DeviceIds.of(device))) {
            errors.add(FieldError.invalid(field, DeviceIds.of(device), "must be an allocated device in the claim"));
        }
        JsonNode conditions = device.path("conditions");
        if (conditions.size() > MAX_CONDITIONS) {
            errors.add(FieldError.tooMany(field.child("conditions"), conditions.size(), MAX_CONDITIONS));
        }
        if (device.path("data").isObject() || device.path("data").isValueNode()) {
            DeviceRules.raw(device.path("data"), field.child("data"), errors);
        }
        network(device.path("networkData"), field.child("networkData"), errors);
    }

    private static void network(JsonNode data, FieldPath field, List<FieldError> errors) {
        if (data.path("interfaceName").asString("").length() > MAX_INTERFACE) {
            errors.add(FieldError.tooLong(field.child("interfaceName"), MAX_INTERFACE));
        }
        if (data.path("hardwareAddress").asString("").length() > MAX_HARDWARE) {
            errors.add(FieldError.tooLong(field.child("hardwareAddress"), MAX_HARDWARE));
        }
        Items.distinct(
                data.path("ips"),
                MAX_IPS,
                field.child("ips"),
                each -> each.asString(""),
                errors,
                (each, path) -> IpRules.interfaceFaults(each.asString(""))
                        .forEach(fault -> errors.add(FieldError.invalid(path, each, fault))));
    }
}
