package io.kybern.apiserver.registry.extensions;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks how a definition wants its versions converted. */
final class ConversionRules {

    private static final FieldPath PATH = FieldPath.of("spec", "conversion");
    private static final int MAX_PORT = 65535;

    private ConversionRules() {}

    static void validate(JsonNode conversion, List<FieldError> errors) {
        if (!conversion.isObject()) {
            return;
        }
        Values.oneOf(conversion, "strategy", PATH, List.of("None", "Webhook"), true, errors);
        JsonNode webhook = conversion.path("webhook");
        JsonNode client = webhook.path("clientConfig");
        FieldPath clientPath = PATH.child("webhookClientConfig");
        if (!conversion.path("strategy").asString("").equals("Webhook")) {
            if (client.isObject()) {
                errors.add(FieldError.forbidden(clientPath, "should not be set when strategy is not set to Webhook"));
            }
            if (!webhook.path("conversionReviewVersions").isEmpty()) {
                errors.add(FieldError.forbidden(
                        PATH.child("conversionReviewVersions"),
                        "should not be set when strategy is not set to Webhook"));
            }
            return;
        }
        if (!client.isObject()) {
            errors.add(FieldError.required(clientPath, "required when strategy is set to Webhook"));
        } else if (client.has("url") == client.has("service")) {
            errors.add(FieldError.required(clientPath, "exactly one of url or service is required"));
        } else if (client.has("url")) {
            url(client.path("url").asString(""), clientPath.child("url"), errors);
        } else {
            service(client.path("service"), clientPath.child("service"), errors);
        }
        reviewVersions(webhook.path("conversionReviewVersions"), errors);
    }

    private static void url(String text, FieldPath path, List<FieldError> errors) {
        String form = "; desired format: https://host[/path]";
        try {
            URI uri = new URI(text);
            if (!"https".equals(uri.getScheme())) {
                errors.add(FieldError.invalid(
                        path, String.valueOf(uri.getScheme()), "'https' is the only allowed URL scheme" + form));
            }
            if (uri.getHost() == null || uri.getHost().isEmpty()) {
                errors.add(FieldError.invalid(path, text, "host must be specified" + form));
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
                errors.add(FieldError.required(path.child(field), "service " + field + " is required"));
            }
        }
        long port = service.path("port").asLong(1);
        if (port < 1 || port > MAX_PORT) {
            errors.add(FieldError.invalid(
                    path.child("port"), port, "port is not valid: must be between 1 and 65535, inclusive"));
        }
        String urlPath = service.path("path").asString("");
        if (!urlPath.isEmpty() && !urlPath.startsWith("/")) {
            errors.add(FieldError.invalid(path.child("path"), urlPath, "must start with a '/'"));
        }
    }

    private static void reviewVersions(JsonNode versions, List<FieldError> errors) {
        FieldPath path = PATH.child("conversionReviewVersions");
        if (versions.isEmpty()) {
            errors.add(FieldError.required(path, ""));
            return;
        }
        Set<String> seen = new HashSet<>();
        List<String> all = new ArrayList<>();
        for (int i = 0; i < versions.size(); i++) {
            String version = versions.get(i).asString("");
            all.add(version);
            if (!seen.add(version)) {
                errors.add(FieldError.invalid(path.index(i), version, "duplicate version"));
                continue;
            }
            FieldPath at = path.index(i);
            Names.dns1035Label(version).forEach(fault -> errors.add(FieldError.invalid(at, version, fault)));
        }
        if (!all.contains("v1") && !all.contains("v1beta1")) {
            errors.add(FieldError.invalid(path, versions, "must include at least one of v1, v1beta1"));
        }
    }
}
