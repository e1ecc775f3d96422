package io.kybern.apiserver.registry.services;

import io.kybern.api.Json;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks Services. */
final class ServiceValidator {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> TYPES = List.of("ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
    private static final List<String> AFFINITIES = List.of("ClientIP", "None");
    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
    private static final List<String> POLICIES = List.of("Cluster", "Local");
    private static final long MAX_AFFINITY_SECONDS = 86400;

    private ServiceValidator() {}

    static void validate(JsonNode service, ServiceRanges ranges, List<FieldError> errors) {
        JsonNode spec = service.path("spec");
        String type = spec.path("type").asString("");
        boolean headless = spec.path("clusterIP").asString("").equals("None");
        if (spec.path("ports").isEmpty() && !headless && !type.equals("ExternalName")) {
            errors.add(FieldError.required(SPEC.child("ports"), ""));
        }
        type(spec, type, headless, errors);
        ports(spec, type, ranges, errors);
        Values.labels(spec.path("selector"), SPEC.child("selector"), errors);
        affinity(spec, errors);
        address(spec, type, errors);
        externalAddresses(spec, errors);
        policies(spec, type, errors);
    }

    private static void type(JsonNode spec, String type, boolean headless, List<FieldError> errors) {
        Values.oneOf(spec, "type", SPEC, TYPES, true, errors);
        if (type.equals("ExternalName")) {
            String name = spec.path("externalName").asString("");
            if (!spec.path("clusterIP").asString("").isEmpty()) {
                errors.add(
                        FieldError.forbidden(SPEC.child("clusterIPs"), "may not be set when `type` is 'ExternalName'"));
            }
            if (name.isEmpty()) {
                errors.add(FieldError.required(SPEC.child("externalName"), ""));
            } else {
                String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
                Names.dns1123Subdomain(plain)
                        .forEach(fault -> errors.add(FieldError.invalid(SPEC.child("externalName"), name, fault)));
            }
        } else if (headless && !type.equals("ClusterIP") && TYPES.contains(type)) {
            errors.add(FieldError.invalid(
                    SPEC.child("clusterIPs").index(0),
                    "None",
                    "may not be set to 'None' for %s services".formatted(type)));
        }
    }

    private static void ports(JsonNode spec, String type, ServiceRanges ranges, List<FieldError> errors) {
        JsonNode ports = spec.path("ports");
        boolean named = ports.size() > 1;
        Set<String> names = new HashSet<>();
        Set<String> numbers = new HashSet<>();
        Set<String> nodePorts = new HashSet<>();
        int index = 0;
        for (JsonNode port : ports) {
            FieldPath field = SPEC.child("ports").index(index++);
            port(port, field, named, names, errors);
            nodePort(port, field, type, ranges, nodePorts, errors);
            if (!numbers.add(
                    port.path("protocol").asString("") + "/" + port.path("port").asLong(0))) {
                errors.add(FieldError.duplicate(field, port));
            }
        }
    }

    private static void port(
            JsonNode port, FieldPath field, boolean named, Set<String> names, List<FieldError> errors) {
        String name = port.path("name").asString("");
        if (name.isEmpty()) {
            if (named) {
                errors.add(FieldError.required(field.child("name"), ""));
            }
        } else {
            Names.dns1123Label(name).forEach(fault -> errors.add(FieldError.invalid(field.child("name"), name, fault)));
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(field.child("name"), name));
            }
        }
        long number = port.path("port").asLong(0);
        Names.portNumber(number).forEach(fault -> errors.add(FieldError.invalid(field.child("port"), number, fault)));
        Values.oneOf(port, "protocol", field, PROTOCOLS, true, errors);
        JsonNode target = port.path("targetPort");
        List<String> faults =
                target.isString() ? Names.portName(target.asString()) : Names.portNumber(target.asLong(0));
        faults.forEach(fault -> errors.add(FieldError.invalid(field.child("targetPort"), target, fault)));
    }

    private static void nodePort(
            JsonNode port,
            FieldPath field,
            String type,
            ServiceRanges ranges,
            Set<String> taken,
            List<FieldError> errors) {
        long nodePort = port.path("nodePort").asLong(0);
        if (nodePort == 0) {
            return;
        }
        if (type.equals("ClusterIP")) {
            errors.add(FieldError.forbidden(field.child("nodePort"), "may not be used when `type` is 'ClusterIP'"));
        } else if (!ranges.containsPort(nodePort)) {
            errors.add(FieldError.invalid(
                    field.child("nodePort"),
                    nodePort,
                    "provided port is not in the valid range. The range of valid ports is %d-%d"
                            .formatted(ranges.firstPort(), ranges.lastPort())));
        } else if (!taken.add(port.path("protocol").asString("") + "/" + nodePort)) {
            errors.add(FieldError.duplicate(field.child("nodePort"), nodePort));
        }
    }

    private static void affinity(JsonNode spec, List<FieldError> errors) {
        Values.oneOf(spec, "sessionAffinity", SPEC, AFFINITIES, true, errors);
        JsonNode seconds = spec.path("sessionAffinityConfig").path("clientIP").path("timeoutSeconds");
        if (seconds.isNumber() && (seconds.asLong() <= 0 || seconds.asLong() > MAX_AFFINITY_SECONDS)) {
            errors.add(FieldError.invalid(
                    SPEC.child("sessionAffinityConfig", "clientIP").child("timeoutSeconds"),
                    seconds,
                    "must be greater than 0 and less than " + MAX_AFFINITY_SECONDS));
        }
    }

    private static void address(JsonNode spec, String type, List<FieldError> errors) {
        String address = spec.path("clusterIP").asString("");
        if (address.isEmpty() || address.equals("None") || type.equals("ExternalName")) {
            return;
        }
        Optional<InetAddress> parsed = Values.address(address);
        if (parsed.isEmpty()) {
            errors.add(FieldError.invalid(
                    SPEC.child("clusterIPs").index(0),
                    address,
                    "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
        }
        String first = spec.path("clusterIPs").path(0).asString("");
        if (!first.isEmpty() && !first.equals(address)) {
            errors.add(FieldError.invalid(
                    SPEC.child("clusterIPs"), spec.path("clusterIPs"), "first value must match `clusterIP`"));
        }
    }

    private static void externalAddresses(JsonNode spec, List<FieldError> errors) {
        int index = 0;
        for (JsonNode ip : spec.path("externalIPs")) {
            FieldPath field = SPEC.child("externalIPs").index(index++);
            String text = ip.asString("");
            Optional<InetAddress> address = Values.address(text);
            if (address.isEmpty()) {
                Values.ip(text, field, errors);
            } else if (address.get().isLoopbackAddress()) {
                errors.add(FieldError.invalid(field, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
            } else if (address.get().isAnyLocalAddress()) {
                errors.add(FieldError.invalid(field, text, "may not be unspecified (0.0.0.0 or ::)"));
            }
        }
    }

    private static void policies(JsonNode spec, String type, List<FieldError> errors) {
        String external = spec.path("externalTrafficPolicy").asString("");
        boolean reachable = type.equals("NodePort") || type.equals("LoadBalancer");
        if (!external.isEmpty() && !reachable) {
            errors.add(FieldError.invalid(
                    SPEC.child("externalTrafficPolicy"),
                    external,
                    "may only be set for externally-accessible services"));
        } else {
            Values.oneOf(spec, "externalTrafficPolicy", SPEC, POLICIES, reachable, errors);
        }
        Values.oneOf(spec, "internalTrafficPolicy", SPEC, POLICIES, false, errors);
    }

    static void validateChange(JsonNode service, JsonNode old, List<FieldError> errors) {
        String before = old.path("spec").path("clusterIP").asString("");
        String now = service.path("spec").path("clusterIP").asString("");
        String type = service.path("spec").path("type").asString("");
        boolean stays = !type.equals("ExternalName")
                && !old.path("spec").path("type").asString("").equals("ExternalName");
        if (stays && !before.isEmpty() && !before.equals(now)) {
            errors.add(FieldError.invalid(
                    SPEC.child("clusterIPs").index(0), Json.array().add(now), "may not change once set"));
        }
    }
}
