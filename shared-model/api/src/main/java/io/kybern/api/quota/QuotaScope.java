package io.kybern.api.quota;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * One condition under which a quota counts a pod; see "Quota scopes" in the Kubernetes documentation.
 *
 * @param name the scope
 * @param operator how values are looked at; {@code Exists} for a scope that takes none
 * @param values what a pod is compared with, for the scope PriorityClass
 */
record QuotaScope(String name, String operator, List<String> values) {

    QuotaScope {
        values = List.copyOf(values);
    }

    /** All scopes of a quota's spec. */
    static List<QuotaScope> of(JsonNode spec) {
        List<QuotaScope> scopes = new ArrayList<>();
        spec.path("scopes").forEach(each -> scopes.add(new QuotaScope(each.asString(""), "Exists", List.of())));
        for (JsonNode each : spec.path("scopeSelector").path("matchExpressions")) {
            List<String> values = new ArrayList<>();
            each.path("values").forEach(value -> values.add(value.asString("")));
            scopes.add(new QuotaScope(
                    each.path("scopeName").asString(""), each.path("operator").asString(""), values));
        }
        return scopes;
    }

    boolean matches(JsonNode pod) {
        JsonNode spec = pod.path("spec");
        return switch (name) {
            case "Terminating" -> ends(spec);
            case "NotTerminating" -> !ends(spec);
            case "BestEffort" -> PodAmounts.isBestEffort(spec);
            case "NotBestEffort" -> !PodAmounts.isBestEffort(spec);
            case "PriorityClass" -> matchesClass(spec.path("priorityClassName").asString(""));
            case "CrossNamespacePodAffinity" -> reachesOut(spec.path("affinity"));
            default -> false;
        };
    }

    private static boolean ends(JsonNode spec) {
        JsonNode deadline = spec.path("activeDeadlineSeconds");
        return deadline.isNumber() && deadline.asLong() >= 0;
    }

    private boolean matchesClass(String priorityClass) {
        return switch (operator) {
            case "In" -> values.contains(priorityClass);
            case "NotIn" -> !values.contains(priorityClass);
            case "Exists" -> !priorityClass.isEmpty();
            case "DoesNotExist" -> priorityClass.isEmpty();
            default -> false;
        };
    }

    private static boolean reachesOut(JsonNode affinity) {
        for (String kind : List.of("podAffinity", "podAntiAffinity")) {
            for (JsonNode term : affinity.path(kind).path("requiredDuringSchedulingIgnoredDuringExecution")) {
                if (namesNamespaces(term)) {
                    return true;
                }
            }
            for (JsonNode preferred : affinity.path(kind).path("preferredDuringSchedulingIgnoredDuringExecution")) {
                if (namesNamespaces(preferred.path("podAffinityTerm"))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean namesNamespaces(JsonNode term) {
        return !term.path("namespaces").isEmpty()
                || term.path("namespaceSelector").isObject();
    }
}
