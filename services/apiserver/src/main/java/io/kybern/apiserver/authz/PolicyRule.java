package io.kybern.apiserver.authz;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * One rule of a role; see "Role and ClusterRole" in the Kubernetes documentation.
 *
 * @param verbs the verbs, {@code *} for all
 * @param apiGroups the groups, {@code *} for all
 * @param resources the resources, {@code *} for all, {@code *}{@code /sub} for a subresource of all
 * @param resourceNames only these objects; empty for all
 * @param nonResourceUrls paths, with {@code *} at the end for whatever follows
 */
public record PolicyRule(
        List<String> verbs,
        List<String> apiGroups,
        List<String> resources,
        List<String> resourceNames,
        List<String> nonResourceUrls) {

    /** Reads a rule of a role. */
    public static PolicyRule of(JsonNode rule) {
        return new PolicyRule(
                strings(rule.path("verbs")),
                strings(rule.path("apiGroups")),
                strings(rule.path("resources")),
                strings(rule.path("resourceNames")),
                strings(rule.path("nonResourceURLs")));
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>(array.size());
        array.forEach(each -> strings.add(each.asString("")));
        return List.copyOf(strings);
    }

    boolean allows(AccessAttributes a) {
        if (!has(verbs, a.verb())) {
            return false;
        }
        if (!a.resourceRequest()) {
            return nonResourceUrls.stream().anyMatch(pattern -> matchesPath(pattern, a.path()));
        }
        return has(apiGroups, a.group())
                && matchesResource(a)
                && (resourceNames.isEmpty() || resourceNames.contains(a.name()));
    }

    private static boolean has(List<String> allowed, String wanted) {
        return allowed.contains("*") || allowed.contains(wanted);
    }

    private boolean matchesResource(AccessAttributes a) {
        for (String resource : resources) {
            if (resource.equals("*") || resource.equals(a.combinedResource())) {
                return true;
            }
            if (!a.subresource().isEmpty() && resource.equals("*/" + a.subresource())) {
                return true;
            }
        }
        return false;
    }

    private static boolean matchesPath(String pattern, String path) {
        return pattern.equals("*")
                || pattern.equals(path)
                || (pattern.endsWith("*") && path.startsWith(pattern.substring(0, pattern.length() - 1)));
    }
}
