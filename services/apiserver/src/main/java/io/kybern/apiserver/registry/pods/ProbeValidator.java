package io.kybern.apiserver.registry.pods;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Checks probes and lifecycle hooks. */
final class ProbeValidator {

    private static final List<String> OF_PROBES = List.of("exec", "httpGet", "tcpSocket", "grpc");
    private static final List<String> OF_HOOKS = List.of("exec", "httpGet", "tcpSocket", "sleep");
    private static final List<String> SCHEMES = List.of("HTTP", "HTTPS");
    private static final List<String> WINDOWS_SIGNALS = List.of("SIGKILL", "SIGTERM");
    private static final int REAL_TIME_SIGNALS = 15;
    private static final List<String> LINUX_SIGNALS = linuxSignals();

    private final JsonNode spec;

    /** @param spec the pod's, whose grace period and operating system count */
    ProbeValidator(JsonNode spec) {
        this.spec = spec;
    }

    private static List<String> linuxSignals() {
        List<String> signals = new ArrayList<>(List.of(
                "SIGABRT",
                "SIGALRM",
                "SIGBUS",
                "SIGCHLD",
                "SIGCLD",
                "SIGCONT",
                "SIGFPE",
                "SIGHUP",
                "SIGILL",
                "SIGINT",
                "SIGIO",
                "SIGIOT",
                "SIGKILL",
                "SIGPIPE",
                "SIGPOLL",
                "SIGPROF",
                "SIGPWR",
                "SIGQUIT",
                "SIGSEGV",
                "SIGSTKFLT",
                "SIGSTOP",
                "SIGSYS",
                "SIGTERM",
                "SIGTRAP",
                "SIGTSTP",
                "SIGTTIN",
                "SIGTTOU",
                "SIGURG",
                "SIGUSR1",
                "SIGUSR2",
                "SIGVTALRM",
                "SIGWINCH",
                "SIGXCPU",
                "SIGXFSZ",
                "SIGRTMIN",
                "SIGRTMAX"));
        for (int i = 1; i <= REAL_TIME_SIGNALS; i++) {
            signals.add("SIGRTMIN+" + i);
            if (i < REAL_TIME_SIGNALS) {
                signals.add("SIGRTMAX-" + i);
            }
        }
        return signals.stream().sorted().toList();
    }

    void validate(JsonNode container, FieldPath field, List<FieldError> errors) {
        JsonNode lifecycle = container.path("lifecycle");
        for (String hook : List.of("postStart", "preStop")) {
            if (lifecycle.has(hook)) {
                handler(lifecycle.path(hook), OF_HOOKS, field.child("lifecycle", hook), errors);
            }
        }
        if (lifecycle.has("stopSignal")) {
            stopSignal(lifecycle.path("stopSignal").asString(""), field.child("lifecycle", "stopSignal"), errors);
        }
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

    private void stopSignal(String signal, FieldPath field, List<FieldError> errors) {
        String system = spec.path("os").path("name").asString("");
        if (!spec.path("os").isObject()) {
            errors.add(FieldError.forbidden(field, "may not be set for containers with empty `spec.os.name`"));
        } else if (system.equals("windows") && !WINDOWS_SIGNALS.contains(signal)) {
            errors.add(FieldError.notSupported(field, signal, WINDOWS_SIGNALS));
        } else if (system.equals("linux") && !LINUX_SIGNALS.contains(signal)) {
            errors.add(FieldError.notSupported(field, signal, LINUX_SIGNALS));
        }
    }

    private void probe(JsonNode container, String name, FieldPath field, List<FieldError> errors) {
        JsonNode probe = container.path(name);
        if (probe.isMissingNode()) {
            return;
        }
        FieldPath path = field.child(name);
        handler(probe, OF_PROBES, path, errors);
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

    private void handler(JsonNode handler, List<String> kinds, FieldPath field, List<FieldError> errors) {
        int given = 0;
        for (String kind : kinds) {
            if (!handler.has(kind)) {
                continue;
            }
            if (given++ > 0) {
                errors.add(FieldError.forbidden(field.child(kind), "may not specify more than 1 handler type"));
            } else {
                action(kind, handler.path(kind), field.child(kind), errors);
            }
        }
        if (given == 0) {
            errors.add(FieldError.required(field, "must specify a handler type"));
        }
    }

    private void action(String kind, JsonNode action, FieldPath field, List<FieldError> errors) {
        switch (kind) {
            case "exec" -> {
                if (action.path("command").isEmpty()) {
                    errors.add(FieldError.required(field.child("command"), ""));
                }
            }
            case "httpGet" -> http(action, field, errors);
            case "sleep" -> sleep(action.path("seconds").asLong(0), field, errors);
            default -> port(action.path("port"), field.child("port"), errors);
        }
    }

    private static void http(JsonNode action, FieldPath field, List<FieldError> errors) {
        if (action.path("path").asString("").isEmpty()) {
            errors.add(FieldError.required(field.child("path"), ""));
        }
        port(action.path("port"), field.child("port"), errors);
        String scheme = action.path("scheme").asString("");
        if (!SCHEMES.contains(scheme)) {
            errors.add(FieldError.notSupported(field.child("scheme"), scheme, SCHEMES));
        }
        for (JsonNode header : action.path("httpHeaders")) {
            String name = header.path("name").asString("");
            Names.httpHeader(name)
                    .forEach(fault -> errors.add(FieldError.invalid(field.child("httpHeaders"), name, fault)));
        }
    }

    private void sleep(long seconds, FieldPath field, List<FieldError> errors) {
        JsonNode grace = spec.path("terminationGracePeriodSeconds");
        if (grace.isNumber() && (seconds < 0 || seconds > grace.asLong())) {
            errors.add(FieldError.invalid(
                    field,
                    seconds,
                    "must be non-negative and less than terminationGracePeriodSeconds (%d)".formatted(grace.asLong())));
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
