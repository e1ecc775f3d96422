package io.kybern.apiserver.registry.networking;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Ingresses. */
public final class IngressStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final List<String> PATH_TYPES = List.of("Exact", "ImplementationSpecific", "Prefix");
    private static final List<String> ODD_PARTS = List.of("//", "/./", "/../", "%2f", "%2F");
    private static final List<String> ODD_ENDS = List.of("/..", "/.");

    /** The Ingresses of the API. */
    public IngressStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void initialStatus(ObjectNode ingress) {
        ingress.putObject("status").putObject("loadBalancer");
    }

    @Override
    protected void validate(ObjectNode ingress, List<FieldError> errors) {
        JsonNode spec = ingress.path("spec");
        JsonNode rules = spec.path("rules");
        if (rules.isEmpty() && !spec.has("defaultBackend")) {
            errors.add(FieldError.invalid(
                    SPEC,
                    rules.isMissingNode() ? null : rules,
                    "either `defaultBackend` or `rules` must be specified"));
        }
        if (spec.has("defaultBackend")) {
            backend(spec.path("defaultBackend"), SPEC.child("defaultBackend"), errors);
        }
        int index = 0;
        for (JsonNode rule : rules) {
            rule(rule, SPEC.child("rules").index(index++), errors);
        }
        index = 0;
        for (JsonNode tls : spec.path("tls")) {
            tls(tls, SPEC.child("tls").index(index++), errors);
        }
        Values.subdomain(spec, "ingressClassName", SPEC, errors);
    }

    private static void rule(JsonNode rule, FieldPath field, List<FieldError> errors) {
        String host = rule.path("host").asString("");
        if (!host.isEmpty()) {
            if (Values.address(host).isPresent()) {
                errors.add(FieldError.invalid(field.child("host"), host, "must be a DNS name, not an IP address"));
            }
            host(host, field.child("host"), errors);
        }
        if (!rule.has("http")) {
            return;
        }
        FieldPath paths = field.child("http", "paths");
        JsonNode list = rule.path("http").path("paths");
        if (list.isEmpty()) {
            errors.add(FieldError.required(paths, ""));
        }
        int index = 0;
        for (JsonNode path : list) {
            path(path, paths.index(index++), errors);
        }
    }

    private static void host(String host, FieldPath field, List<FieldError> errors) {
        List<String> faults = host.contains("*") ? Names.wildcardSubdomain(host) : Names.dns1123Subdomain(host);
        faults.forEach(fault -> errors.add(FieldError.invalid(field, host, fault)));
    }

    private static void path(JsonNode rule, FieldPath field, List<FieldError> errors) {
        String path = rule.path("path").asString("");
        FieldPath where = field.child("path");
        String type = rule.path("pathType").asString("");
        switch (type) {
            case "" -> {
                errors.add(FieldError.required(field.child("pathType"), "pathType must be specified"));
                return;
            }
            case "Exact", "Prefix" -> {
                if (!path.startsWith("/")) {
                    errors.add(FieldError.invalid(where, path, "must be an absolute path"));
                }
                for (String odd : ODD_PARTS) {
                    if (path.contains(odd)) {
                        errors.add(FieldError.invalid(where, path, "must not contain '" + odd + "'"));
                    }
                }
                for (String odd : ODD_ENDS) {
                    if (path.endsWith(odd)) {
                        errors.add(FieldError.invalid(where, path, "cannot end with '" + odd + "'"));
                    }
                }
            }
            case "ImplementationSpecific" -> {
                if (!path.isEmpty() && !path.startsWith("/")) {
                    errors.add(FieldError.invalid(where, path, "must be an absolute path"));
                }
            }
            default -> errors.add(FieldError.notSupported(field.child("pathType"), type, PATH_TYPES));
        }
        backend(rule.path("backend"), field.child("backend"), errors);
    }

    private static void backend(JsonNode backend, FieldPath field, List<FieldError> errors) {
        boolean service = backend.has("service");
        boolean resource = backend.has("resource");
        if (service && resource) {
            errors.add(FieldError.invalid(field, "", "cannot set both resource and service backends"));
        } else if (resource) {
            for (String part : List.of("kind", "name")) {
                if (backend.path("resource").path(part).asString("").isEmpty()) {
                    errors.add(FieldError.required(field.child("resource", part), ""));
                }
            }
        } else if (service) {
            service(backend.path("service"), field, errors);
        } else {
            errors.add(FieldError.required(field, "resource or service backend is required"));
        }
    }

    private static void service(JsonNode service, FieldPath field, List<FieldError> errors) {
        String name = service.path("name").asString("");
        FieldPath where = field.child("service", "name");
        if (name.isEmpty()) {
            errors.add(FieldError.required(where, ""));
        } else {
            Names.dns1035Label(name).forEach(fault -> errors.add(FieldError.invalid(where, name, fault)));
        }
        String port = service.path("port").path("name").asString("");
        long number = service.path("port").path("number").asLong(0);
        FieldPath ports = field.child("service", "port");
        if (!port.isEmpty() && number != 0) {
            errors.add(FieldError.invalid(field, "", "cannot set both port name & port number"));
        } else if (!port.isEmpty()) {
            Names.portName(port).forEach(fault -> errors.add(FieldError.invalid(ports.child("name"), port, fault)));
        } else if (number != 0) {
            Names.portNumber(number)
                    .forEach(fault -> errors.add(FieldError.invalid(ports.child("number"), number, fault)));
        } else {
            errors.add(FieldError.required(field, "port name or number is required"));
        }
    }

    private static void tls(JsonNode tls, FieldPath field, List<FieldError> errors) {
        int index = 0;
        for (JsonNode host : tls.path("hosts")) {
            host(host.asString(""), field.child("hosts").index(index++), errors);
        }
        Values.subdomain(tls, "secretName", field, errors);
    }
}
