package io.kybern.apiserver.admission.matching;

import io.kybern.api.ResourceType;
import io.kybern.apiserver.admission.AdmissionRequest;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * One rule over operations and resources; see "Matching requests: rules" in "Dynamic Admission Control".
 *
 * @param operations what is done, or {@code *}
 * @param groups the API groups, or {@code *}
 * @param versions the API versions, or {@code *}
 * @param resources resources with or without a subresource: {@code pods}, {@code pods/*}, {@code *}{@code /scale}
 * @param scope {@code Cluster}, {@code Namespaced} or {@code *}
 * @param names the objects that are meant; all if it is empty
 */
record ResourceRule(
        List<String> operations,
        List<String> groups,
        List<String> versions,
        List<String> resources,
        String scope,
        List<String> names) {

    private static final String ANY = "*";

    static List<ResourceRule> list(JsonNode rules) {
        List<ResourceRule> list = new ArrayList<>();
        for (JsonNode rule : rules) {
            list.add(new ResourceRule(
                    strings(rule.path("operations")),
                    strings(rule.path("apiGroups")),
                    strings(rule.path("apiVersions")),
                    strings(rule.path("resources")),
                    rule.path("scope").asString(ANY),
                    strings(rule.path("resourceNames"))));
        }
        return List.copyOf(list);
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(each -> strings.add(each.asString("")));
        return List.copyOf(strings);
    }

    /** Whether it means the request, were that for this type. */
    boolean matches(ResourceType type, AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        return holds(operations, request.operation().name())
                && holds(groups, type.gvr().group())
                && holds(versions, type.gvr().version())
                && inScope(target)
                && resources.stream().anyMatch(each -> covers(each, type, target.subresource()))
                && (names.isEmpty() || names.contains(target.name()));
    }

    private static boolean holds(List<String> allowed, String value) {
        return allowed.contains(ANY) || allowed.contains(value);
    }

    private boolean inScope(AdmissionRequest.Target target) {
        return switch (scope) {
            case "Namespaced" -> target.type().namespaced();
            case "Cluster" -> !target.type().namespaced();
            default -> true;
        };
    }

    private static boolean covers(String pattern, ResourceType type, String subresource) {
        int slash = pattern.indexOf('/');
        String resource = slash < 0 ? pattern : pattern.substring(0, slash);
        String part = slash < 0 ? "" : pattern.substring(slash + 1);
        return (resource.equals(ANY) || resource.equals(type.gvr().resource()))
                && (part.equals(ANY) || part.equals(subresource));
    }
}
