package io.kybern.apiserver.registry.admission;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.cel.AdmissionEnvironment;
import io.kybern.apiserver.registry.ClientConfigRules;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Configurations of mutating and of validating webhooks; see "Dynamic Admission Control". */
public final class WebhookConfigurationStrategy extends GenericStrategy {

    private static final int DEFAULT_TIMEOUT_SECONDS = 10;
    private static final int MAX_TIMEOUT_SECONDS = 30;
    private static final List<String> REVIEW_VERSIONS = List.of("v1", "v1beta1");
    private static final List<String> NO_SIDE_EFFECTS = List.of("None", "NoneOnDryRun");
    private static final int MIN_NAME_PARTS = 3;

    private final boolean mutating;

    /** One of the two types. */
    public WebhookConfigurationStrategy(ResourceType type, TableShape table) {
        super(type, table);
        this.mutating = type.gvr().resource().startsWith("mutating");
    }

    @Override
    protected boolean allowsAnyFinalizer() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return true;
    }

    @Override
    public void applyDefaults(ObjectNode configuration) {
        for (JsonNode each : configuration.path("webhooks")) {
            if (each instanceof ObjectNode webhook) {
                text(webhook, "failurePolicy", "Fail");
                text(webhook, "matchPolicy", "Equivalent");
                if (mutating) {
                    text(webhook, "reinvocationPolicy", "Never");
                }
                for (String selector : List.of("namespaceSelector", "objectSelector")) {
                    if (!webhook.has(selector)) {
                        webhook.putObject(selector);
                    }
                }
                if (!webhook.has("timeoutSeconds")) {
                    webhook.put("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS);
                }
                ClientConfigRules.applyDefaults(webhook.path("clientConfig"));
                for (JsonNode rule : webhook.path("rules")) {
                    if (rule instanceof ObjectNode object) {
                        text(object, "scope", "*");
                    }
                }
            }
        }
    }

    private static void text(ObjectNode object, String field, String value) {
        if (!object.has(field)) {
            object.put(field, value);
        }
    }

    @Override
    protected void validate(ObjectNode configuration, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        int index = 0;
        for (JsonNode webhook : configuration.path("webhooks")) {
            FieldPath path = FieldPath.of("webhooks").index(index++);
            webhook(webhook, path, errors);
            reviewVersions(webhook.path("admissionReviewVersions"), path.child("admissionReviewVersions"), errors);
            String name = webhook.path("name").asString("");
            if (!name.isEmpty() && !names.add(name)) {
                errors.add(FieldError.duplicate(path.child("name"), name));
            }
        }
    }

    private void webhook(JsonNode webhook, FieldPath path, List<FieldError> errors) {
        qualifiedName(webhook.path("name").asString(""), path.child("name"), errors);
        int index = 0;
        for (JsonNode rule : webhook.path("rules")) {
            RuleValidator.validate(rule, path.child("rules").index(index++), errors);
        }
        Values.oneOf(webhook, "failurePolicy", path, List.of("Fail", "Ignore"), false, errors);
        Values.oneOf(webhook, "matchPolicy", path, List.of("Equivalent", "Exact"), false, errors);
        String sideEffects = webhook.path("sideEffects").asString("");
        if (!webhook.has("sideEffects")) {
            errors.add(FieldError.required(
                    path.child("sideEffects"), "must specify one of " + String.join(", ", NO_SIDE_EFFECTS)));
        } else if (!NO_SIDE_EFFECTS.contains(sideEffects)) {
            errors.add(FieldError.notSupported(path.child("sideEffects"), sideEffects, NO_SIDE_EFFECTS));
        }
        JsonNode timeout = webhook.path("timeoutSeconds");
        if (timeout.isNumber() && (timeout.asLong() < 1 || timeout.asLong() > MAX_TIMEOUT_SECONDS)) {
            errors.add(FieldError.invalid(
                    path.child("timeoutSeconds"), timeout, "the timeout value must be between 1 and 30 seconds"));
        }
        Values.selector(webhook.path("namespaceSelector"), path.child("namespaceSelector"), errors);
        Values.selector(webhook.path("objectSelector"), path.child("objectSelector"), errors);
        if (mutating) {
            Values.oneOf(webhook, "reinvocationPolicy", path, List.of("IfNeeded", "Never"), false, errors);
        }
        ConditionRules.validate(
                webhook.path("matchConditions"),
                AdmissionEnvironment.matchConditions(),
                path.child("matchConditions"),
                errors);
        ClientConfigRules.validate(webhook.path("clientConfig"), path.child("clientConfig"), errors);
    }

    private static void qualifiedName(String name, FieldPath path, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(path, ""));
            return;
        }
        List<String> faults = Names.dns1123Subdomain(name);
        faults.forEach(fault -> errors.add(FieldError.invalid(path, name, fault)));
        if (faults.isEmpty() && name.split("\\.", -1).length < MIN_NAME_PARTS) {
            errors.add(FieldError.invalid(
                    path, name, "should be a domain with at least three segments separated by dots"));
        }
    }

    private static void reviewVersions(JsonNode versions, FieldPath path, List<FieldError> errors) {
        if (versions.isEmpty()) {
            errors.add(FieldError.required(path, "must specify one of " + String.join(", ", REVIEW_VERSIONS)));
            return;
        }
        List<String> seen = new ArrayList<>();
        for (JsonNode each : versions) {
            FieldPath at = path.index(seen.size());
            String version = each.asString("");
            if (seen.contains(version)) {
                errors.add(FieldError.invalid(at, version, "duplicate version"));
            } else {
                Names.dns1035Label(version).forEach(fault -> errors.add(FieldError.invalid(at, version, fault)));
            }
            seen.add(version);
        }
        if (seen.stream().noneMatch(REVIEW_VERSIONS::contains)) {
            errors.add(FieldError.invalid(
                    path, versions, "must include at least one of " + String.join(", ", REVIEW_VERSIONS)));
        }
    }
}
