package io.kybern.apiserver.registry.admission;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What policies of both kinds, and their bindings, have in common: defaults and rules. */
final class PolicyParts {

    private PolicyParts() {}

    static void text(ObjectNode object, String field, String value) {
        if (!object.has(field)) {
            object.put(field, value);
        }
    }

    /** The defaults of which requests are meant. */
    static void matchDefaults(JsonNode resources) {
        if (!(resources instanceof ObjectNode object)) {
            return;
        }
        text(object, "matchPolicy", "Equivalent");
        for (String selector : List.of("namespaceSelector", "objectSelector")) {
            if (!object.has(selector)) {
                object.putObject(selector);
            }
        }
        for (String rules : List.of("resourceRules", "excludeResourceRules")) {
            for (JsonNode rule : object.path(rules)) {
                if (rule instanceof ObjectNode each) {
                    text(each, "scope", "*");
                }
            }
        }
    }

    static void matchResources(JsonNode resources, FieldPath path, List<FieldError> errors) {
        if (!resources.isObject()) {
            return;
        }
        Values.oneOf(resources, "matchPolicy", path, List.of("Equivalent", "Exact"), true, errors);
        Values.selector(resources.path("namespaceSelector"), path.child("namespaceSelector"), errors);
        Values.selector(resources.path("objectSelector"), path.child("objectSelector"), errors);
        for (String rules : List.of("resourceRules", "excludeResourceRules")) {
            for (int i = 0; i < resources.path(rules).size(); i++) {
                rule(resources.path(rules).get(i), path.child(rules).index(i), errors);
            }
        }
    }

    private static void rule(JsonNode rule, FieldPath path, List<FieldError> errors) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < rule.path("resourceNames").size(); i++) {
            String name = rule.path("resourceNames").get(i).asString("");
            FieldPath at = path.child("resourceNames").index(i);
            pathSegment(name, at, errors);
            if (!names.add(name)) {
                errors.add(FieldError.duplicate(at, name));
            }
        }
        RuleValidator.validate(rule, path, errors);
    }

    private static void pathSegment(String name, FieldPath path, List<FieldError> errors) {
        if (name.equals(".") || name.equals("..")) {
            errors.add(FieldError.invalid(path, name, "may not be '" + name + "'"));
        }
        for (String part : List.of("/", "%")) {
            if (name.contains(part)) {
                errors.add(FieldError.invalid(path, name, "may not contain '" + part + "'"));
            }
        }
    }

    static void paramKind(JsonNode kind, FieldPath path, List<FieldError> errors) {
        if (!kind.isObject()) {
            return;
        }
        String apiVersion = kind.path("apiVersion").asString("");
        FieldPath at = path.child("apiVersion");
        String[] parts = apiVersion.split("/", -1);
        if (apiVersion.isEmpty()) {
            errors.add(FieldError.required(at, ""));
        } else if (parts.length > 2) {
            errors.add(FieldError.invalid(at, apiVersion, "unexpected GroupVersion string: " + apiVersion));
        } else {
            String group = parts.length == 2 ? parts[0] : "";
            String version = parts[parts.length - 1];
            if (!group.isEmpty()) {
                joined(Names.dns1123Subdomain(group), group, at, "", errors);
            }
            if (version.isEmpty()) {
                errors.add(FieldError.invalid(at, apiVersion, "version must be specified"));
            } else {
                joined(Names.dns1035Label(version), version, at, "", errors);
            }
        }
        String name = kind.path("kind").asString("");
        if (name.isEmpty()) {
            errors.add(FieldError.required(path.child("kind"), ""));
        } else {
            joined(
                    Names.dns1035Label(name.toLowerCase(Locale.ROOT)),
                    name,
                    path.child("kind"),
                    "may have mixed case, but should otherwise match: ",
                    errors);
        }
    }

    private static void joined(
            List<String> faults, String value, FieldPath path, String start, List<FieldError> errors) {
        if (!faults.isEmpty()) {
            errors.add(FieldError.invalid(path, value, start + String.join(",", faults)));
        }
    }

    static void paramRef(JsonNode ref, FieldPath path, List<FieldError> errors) {
        if (!ref.isObject()) {
            return;
        }
        String name = ref.path("name").asString("");
        boolean selects = ref.path("selector").isObject();
        if (!name.isEmpty()) {
            pathSegment(name, path.child("name"), errors);
        }
        if (!name.isEmpty() && selects) {
            errors.add(FieldError.forbidden(path.child("name"), "name and selector are mutually exclusive"));
        }
        if (selects) {
            Values.selector(ref.path("selector"), path.child("selector"), errors);
            if (!name.isEmpty()) {
                errors.add(FieldError.forbidden(path.child("selector"), "name and selector are mutually exclusive"));
            }
        }
        if (name.isEmpty() && !selects) {
            errors.add(FieldError.required(path, "one of name or selector must be specified"));
        }
        Values.oneOf(ref, "parameterNotFoundAction", path, List.of("Deny", "Allow"), true, errors);
    }
}
