package io.kybern.apiserver.registry.extensions;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.ClientConfigRules;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks how a definition wants its versions converted. */
final class ConversionRules {

    private static final FieldPath PATH = FieldPath.of("spec", "conversion");

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
        } else {
            ClientConfigRules.validate(client, clientPath, errors);
        }
        reviewVersions(webhook.path("conversionReviewVersions"), errors);
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
