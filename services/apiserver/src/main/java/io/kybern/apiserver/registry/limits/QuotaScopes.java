package io.kybern.apiserver.registry.limits;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Which scopes a quota may have, with which resources and with which others. */
final class QuotaScopes {

    /** All scopes. */
    static final List<String> KNOWN = List.of(
            "BestEffort",
            "CrossNamespacePodAffinity",
            "NotBestEffort",
            "NotTerminating",
            "PriorityClass",
            "Terminating");

    private static final Set<String> OF_PODS =
            Set.of("pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory");
    private static final List<Set<String>> OPPOSITES =
            List.of(Set.of("BestEffort", "NotBestEffort"), Set.of("Terminating", "NotTerminating"));
    private static final String EXISTS_ONLY =
            "must be 'Exist' only operator when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating,"
                    + " ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

    private QuotaScopes() {}

    static void validate(JsonNode spec, FieldPath path, List<FieldError> errors) {
        Set<String> limited = new TreeSet<>();
        spec.path("hard").propertyNames().forEach(limited::add);
        JsonNode scopes = spec.path("scopes");
        Set<String> named = new HashSet<>();
        for (JsonNode scope : scopes) {
            fits(scope.asString(""), limited, scopes, path.child("scopes"), errors);
            named.add(scope.asString(""));
        }
        compatible(named, scopes, path.child("scopes"), errors);
        JsonNode selector = spec.path("scopeSelector");
        FieldPath expressions = path.child("scopeSelector").child("matchExpressions");
        Set<String> selected = new HashSet<>();
        for (JsonNode expression : selector.path("matchExpressions")) {
            String scope = expression.path("scopeName").asString("");
            if (!KNOWN.contains(scope)) {
                errors.add(FieldError.invalid(expressions.child("scopeName"), scope, "unsupported scope"));
            }
            fits(scope, limited, selector, expressions, errors);
            operator(expression, scope, expressions, errors);
            selected.add(scope);
        }
        compatible(selected, selector, expressions, errors);
    }

    private static void fits(
            String scope, Set<String> limited, JsonNode value, FieldPath path, List<FieldError> errors) {
        for (String resource : limited) {
            boolean valid = scope.equals("BestEffort") ? resource.equals("pods") : OF_PODS.contains(resource);
            if (QuotaStrategy.STANDARD.contains(resource) && !valid && KNOWN.contains(scope)) {
                errors.add(FieldError.invalid(path, value, "unsupported scope applied to resource"));
            }
        }
    }

    private static void compatible(Set<String> named, JsonNode value, FieldPath path, List<FieldError> errors) {
        for (Set<String> pair : OPPOSITES) {
            if (named.containsAll(pair)) {
                errors.add(FieldError.invalid(path, value, "conflicting scopes"));
            }
        }
    }

    private static void operator(JsonNode expression, String scope, FieldPath path, List<FieldError> errors) {
        String operator = expression.path("operator").asString("");
        JsonNode values = expression.path("values");
        boolean takesValues = scope.equals("PriorityClass") || !KNOWN.contains(scope);
        if (!takesValues && !operator.equals("Exists")) {
            errors.add(FieldError.invalid(path.child("operator"), operator, EXISTS_ONLY));
        }
        switch (operator) {
            case "In", "NotIn" -> {
                if (values.isEmpty()) {
                    errors.add(FieldError.required(
                            path.child("values"),
                            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
                }
            }
            case "Exists", "DoesNotExist" -> {
                if (!values.isEmpty()) {
                    errors.add(FieldError.invalid(
                            path.child("values"),
                            values,
                            "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"));
                }
            }
            default ->
                errors.add(FieldError.invalid(path.child("operator"), operator, "not a valid selector operator"));
        }
    }
}
