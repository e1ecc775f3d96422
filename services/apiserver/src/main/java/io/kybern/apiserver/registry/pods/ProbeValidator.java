package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks probes and lifecycle hooks. */
final class ProbeValidator {

    private static final List<String> HANDLERS = List.of("exec", "httpGet", "tcpSocket", "grpc", "sleep");
    private static final List<String> SCHEMES = List.of("HTTP", "HTTPS");

    private ProbeValidator() {}

    static void hooks(JsonNode lifecycle, FieldPath field, List<FieldError> errors) {
        for (String hook : List.of("postStart", "preStop")) {
            if (lifecycle.has(hook)) {
                handler(lifecycle.path(hook), field.child(hook), errors);
            }
        }
    }

    static void probes(JsonNode container, FieldPath field, List<FieldError> errors) {
        probe(container, "livenessProbe", field, errors);
        mustSucceedOnce(container, "livenessProbe", field, errors);
        probe(container, "readinessProbe", field, errors);
        if (container.path("readinessProbe").has("terminationGracePeriodSeconds")) {
            errors.add(FieldError.invalid(
                    field.child("readinessProbe", "terminationGracePeriodSeconds"),
                    container.path("readinessProbe").path("terminationGracePeriodSeconds"),
                    "must not be set for readinessProbes"));
        }
        probe(container, "startupProbe", field, errors);
        mustSucceedOnce(container, "startupProbe", field, errors);
    }

    private static void probe(JsonNode container, String name, FieldPath field, List<FieldError> errors) {
        JsonNode probe = container.path(name);
        if (probe.isMissingNode()) {
            return;
        }
        FieldPath path = field.child(name);
        handler(probe, path, errors);
        for (String number : List.of(
                "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")) {
            Values.notNegative(probe, number, path, errors);
        }
        JsonNode grace = probe.path("terminationGracePeriodSeconds");
        if (!grace.isMissingNode() && grace.asLong(0) <= 0) {
            errors.add(
                    FieldError.invalid(path.child("terminationGracePeriodSeconds"), grace, "must be greater than 0"));
        }
    }

    private static void mustSucceedOnce(JsonNode container, String name, FieldPath field, List<FieldError> errors) {
        JsonNode threshold = container.path(name).path("successThreshold");
        if (!threshold.isMissingNode() && threshold.asLong(1) != 1) {
            errors.add(FieldError.invalid(field.child(name, "successThreshold"), threshold, "must be 1"));
        }
    }

    private static void handler(JsonNode handler, FieldPath field, List<FieldError> errors) {
        int given = 0;
        for (String kind : HANDLERS) {
            if (!handler.has(kind)) {
                continue;
            }
            if (given++ > 0) {
                errors.add(FieldError.forbidden(field.child(kind), "may not specify more than 1 handler type"));
                continue;
            }
            action(kind, handler.path(kind), field.child(kind), errors);
        }
        if (given == 0) {
            errors.add(FieldError.required(field, "must specify a handler type"));
        }
    }

    private static void action(String kind, JsonNode action, FieldPath field, List<FieldError> errors) {
        switch (kind) {
            case "exec" -> {
                if (action.path("command").isEmpty()) {
                    errors.add(FieldError.required(field.child("command"), ""));
                }
            }
            case "httpGet" -> {
                if (action.path("path").asString("").isEmpty()) {
                    errors.add(FieldError.required(field.child("path"), ""));
                }
                port(action.path("port"), field.child("port"), errors);
                Values.oneOf(action, "scheme", field, SCHEMES, true, errors);
            }
            case "tcpSocket" -> port(action.path("port"), field.child("port"), errors);
            case "grpc" -> port(action.path("port"), field.child("port"), errors);
            default -> Values.notNegative(action, "seconds", field, errors);
        }
    }

    private static void port(JsonNode port, FieldPath field, List<FieldError> errors) {
        if (port.isString()) {
            Names.portName(port.asString()).forEach(fault -> errors.add(FieldError.invalid(field, port, fault)));
        } else {
            Names.portNumber(port.asLong(0))
                    .forEach(fault -> errors.add(FieldError.invalid(field, port.asLong(0), fault)));
        }
    }
}
