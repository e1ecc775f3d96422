package io.kybern.apiserver.registry.admission;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Checks one rule over operations and resources, of a webhook or of a policy. */
public final class RuleValidator {

    private static final String ANY = "*";
    private static final List<String> OPERATIONS = List.of(ANY, "CONNECT", "CREATE", "DELETE", "UPDATE");
    private static final List<String> SCOPES = List.of(ANY, "Cluster", "Namespaced");

    private RuleValidator() {}

    /** Adds the faults of a rule. */
    public static void validate(JsonNode rule, FieldPath path, List<FieldError> errors) {
        List<String> operations = strings(rule.path("operations"));
        anyStandsAlone(rule.path("operations"), path.child("operations"), "operations", errors);
        for (int i = 0; i < operations.size(); i++) {
            if (!OPERATIONS.contains(operations.get(i))) {
                errors.add(FieldError.notSupported(path.child("operations").index(i), operations.get(i), OPERATIONS));
            }
        }
        anyStandsAlone(rule.path("apiGroups"), path.child("apiGroups"), "API groups", errors);
        anyStandsAlone(rule.path("apiVersions"), path.child("apiVersions"), "API versions", errors);
        List<String> versions = strings(rule.path("apiVersions"));
        for (int i = 0; i < versions.size(); i++) {
            if (versions.get(i).isEmpty()) {
                errors.add(FieldError.required(path.child("apiVersions").index(i), ""));
            }
        }
        resources(rule.path("resources"), path.child("resources"), errors);
        Values.oneOf(rule, "scope", path, SCOPES, false, errors);
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(each -> strings.add(each.asString("")));
        return strings;
    }

    private static void anyStandsAlone(JsonNode list, FieldPath path, String what, List<FieldError> errors) {
        if (list.isEmpty()) {
            errors.add(FieldError.required(path, ""));
        } else if (list.size() > 1 && strings(list).contains(ANY)) {
            errors.add(FieldError.invalid(path, list, "if '*' is present, must not specify other %s".formatted(what)));
        }
    }

    private static void resources(JsonNode list, FieldPath path, List<FieldError> errors) {
        if (list.isEmpty()) {
            errors.add(FieldError.required(path, ""));
        }
        Set<String> allParts = new HashSet<>();
        Set<String> partsOfAll = new HashSet<>();
        List<String> resources = strings(list);
        for (int i = 0; i < resources.size(); i++) {
            String resource = resources.get(i);
            if (resource.isEmpty()) {
                errors.add(FieldError.required(path.index(i), ""));
                continue;
            }
            String[] parts = resource.split("/", 2);
            if (parts.length == 1) {
                continue;
            }
            if (allParts.contains(parts[0])) {
                errors.add(FieldError.invalid(
                        path.index(i),
                        resource,
                        "if '%s/*' is present, must not specify %s".formatted(parts[0], resource)));
            }
            if (partsOfAll.contains(parts[1])) {
                errors.add(FieldError.invalid(
                        path.index(i),
                        resource,
                        "if '*/%s' is present, must not specify %s".formatted(parts[1], resource)));
            }
            if (parts[1].equals(ANY)) {
                allParts.add(parts[0]);
            }
            if (parts[0].equals(ANY)) {
                partsOfAll.add(parts[1]);
            }
        }
        if (resources.size() > 1 && resources.contains("*/*")) {
            errors.add(FieldError.invalid(path, list, "if '*/*' is present, must not specify other resources"));
        }
        boolean plain =
                resources.stream().anyMatch(each -> !each.isEmpty() && !each.contains("/") && !each.equals(ANY));
        if (resources.contains(ANY) && plain) {
            errors.add(FieldError.invalid(
                    path, list, "if '*' is present, must not specify other resources without subresources"));
        }
    }
}
