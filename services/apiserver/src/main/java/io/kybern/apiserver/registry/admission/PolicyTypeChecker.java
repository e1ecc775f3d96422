package io.kybern.apiserver.registry.admission;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.Json;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.cel.PolicyTypeCheck;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds out what kinds of objects a policy is about and checks its expressions against them; see "Type checking" in "Validating
 * Admission Policy". Kinds that are only matched by wildcards are not looked at.
 */
public final class PolicyTypeChecker {

    /** As many kinds of one rule as Kubernetes checks. */
    private static final int MAX_KINDS = 10;

    private static final Comparator<GroupVersionKind> ORDER = Comparator.comparing(GroupVersionKind::group)
            .thenComparing(GroupVersionKind::version)
            .thenComparing(GroupVersionKind::kind);

    private final Function<GroupVersionResource, Optional<ResourceType>> types;
    private final Function<GroupVersionKind, Optional<Schema>> schemas;

    /**
     * A checker.
     *
     * @param types finds what is served now
     * @param schemas finds the schema of a kind
     */
    public PolicyTypeChecker(
            Function<GroupVersionResource, Optional<ResourceType>> types,
            Function<GroupVersionKind, Optional<Schema>> schemas) {
        this.types = types;
        this.schemas = schemas;
    }

    /** What {@code status.typeChecking} says of a policy. */
    ObjectNode check(JsonNode policy) {
        JsonNode spec = policy.path("spec");
        Map<GroupVersionKind, Schema> kinds =
                kinds(spec.path("matchConstraints").path("resourceRules"));
        ObjectNode result = Json.object();
        if (kinds.isEmpty()) {
            return result;
        }
        JsonNode paramKind = spec.path("paramKind");
        Optional<Schema> params = paramKind.isObject()
                ? schemas.apply(GroupVersionKind.parse(
                        paramKind.path("apiVersion").asString(""),
                        paramKind.path("kind").asString("")))
                : Optional.empty();
        PolicyTypeCheck check =
                new PolicyTypeCheck(kinds, paramKind.isObject(), params.orElse(null), spec.path("variables"));
        int index = 0;
        for (JsonNode validation : spec.path("validations")) {
            for (String field : List.of("expression", "messageExpression")) {
                String expression = validation.path(field).asString("");
                String warning = expression.isBlank() ? "" : check.warning(expression);
                if (!warning.isEmpty()) {
                    result.withArray("expressionWarnings")
                            .addObject()
                            .put("fieldRef", "spec.validations[%d].%s".formatted(index, field))
                            .put("warning", warning);
                }
            }
            index++;
        }
        return result;
    }

    private Map<GroupVersionKind, Schema> kinds(JsonNode rules) {
        Map<GroupVersionKind, Schema> found = new TreeMap<>(ORDER);
        for (JsonNode rule : rules) {
            kindsOf(rule).stream().limit(MAX_KINDS).forEach(kind -> schemas.apply(kind)
                    .ifPresent(schema -> found.put(kind, schema)));
        }
        return new LinkedHashMap<>(found);
    }

    private List<GroupVersionKind> kindsOf(JsonNode rule) {
        List<GroupVersionKind> kinds = new ArrayList<>();
        List<String> groups = texts(rule.path("apiGroups"));
        List<String> versions = texts(rule.path("apiVersions"));
        if (groups.contains("*") || versions.contains("*")) {
            return kinds;
        }
        for (String group : groups) {
            for (String version : versions) {
                for (String resource : texts(rule.path("resources"))) {
                    types.apply(new GroupVersionResource(group, version, resource))
                            .map(ResourceType::gvk)
                            .ifPresent(kinds::add);
                }
            }
        }
        return kinds;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        if (array instanceof ArrayNode) {
            array.forEach(each -> texts.add(each.asString("")));
        }
        return texts.stream().sorted().toList();
    }
}
