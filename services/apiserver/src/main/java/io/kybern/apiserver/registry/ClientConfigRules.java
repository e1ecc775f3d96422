package io.kybern.apiserver.registry;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Checks a {@code clientConfig}: where a webhook is, by URL or by Service. */
public final class ClientConfigRules {

    private static final int HTTPS_PORT = 443;

    private ClientConfigRules() {}

    /** Sets the port of a Service that is left out. */
    public static void applyDefaults(JsonNode clientConfig) {
        if (clientConfig.path("service") instanceof ObjectNode service && !service.has("port")) {
            service.put("port", HTTPS_PORT);
        }
    }

    /** Adds the faults. */
    public static void validate(JsonNode clientConfig, FieldPath path, List<FieldError> errors) {
        if (clientConfig.has("url") == clientConfig.has("service")) {
            errors.add(FieldError.required(path, "exactly one of url or service is required"));
        } else if (clientConfig.has("url")) {
            url(clientConfig.path("url").asString(""), path.child("url"), errors);
        } else {
            service(clientConfig.path("service"), path.child("service"), errors);
        }
    }

    private static void url(String text, FieldPath path, List<FieldError> errors) {
        String form = "; desired format: https://host[/path]";
        try {
            URI uri = new URI(text);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme();
            String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
            if (!scheme.equals("https")) {
                errors.add(FieldError.invalid(path, scheme, "'https' is the only allowed URL scheme" + form));
            }
            if (authority.isEmpty()) {
                errors.add(FieldError.invalid(path, authority, "host must be specified" + form));
            }
            if (uri.getUserInfo() != null) {
                errors.add(FieldError.invalid(path, uri.getUserInfo(), "user information is not permitted in the URL"));
            }
            if (uri.getFragment() != null) {
                errors.add(FieldError.invalid(path, uri.getFragment(), "fragments are not permitted in the URL"));
            }
            if (uri.getQuery() != null) {
                errors.add(FieldError.invalid(path, uri.getQuery(), "query parameters are not permitted in the URL"));
            }
        } catch (URISyntaxException e) {
            errors.add(FieldError.required(path, "url must be a valid URL: " + e.getMessage() + form));
        }
    }

    private static void service(JsonNode service, FieldPath path, List<FieldError> errors) {
        for (String field : List.of("name", "namespace")) {
            if (service.path(field).asString("").isEmpty()) {
                errors.add(FieldError.required(path.child(field), ""));
            }
        }
        long port = service.path("port").asLong(HTTPS_PORT);
        Names.portNumber(port)
                .forEach(fault ->
                        errors.add(FieldError.invalid(path.child("port"), port, "port is not valid: " + fault)));
        String urlPath = service.path("path").asString("");
        if (!urlPath.isEmpty() && !urlPath.equals("/")) {
            path(urlPath, path.child("path"), errors);
        }
    }

    private static void path(String urlPath, FieldPath path, List<FieldError> errors) {
        if (urlPath.equals("//")) {
            errors.add(FieldError.invalid(path, urlPath, "segment[0] may not be empty"));
            return;
        }
        if (!urlPath.startsWith("/")) {
            errors.add(FieldError.invalid(path, urlPath, "must start with a '/'"));
        }
        String rest = urlPath.substring(1);
        String[] steps = (rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest).split("/", -1);
        for (int i = 0; i < steps.length; i++) {
            int index = i;
            if (steps[i].isEmpty()) {
                errors.add(FieldError.invalid(path, urlPath, "segment[%d] may not be empty".formatted(i)));
            } else {
                Names.dns1123Subdomain(steps[i])
                        .forEach(fault -> errors.add(
                                FieldError.invalid(path, urlPath, "segment[%d]: %s".formatted(index, fault))));
            }
        }
    }
}
