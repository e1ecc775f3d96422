package io.kybern.apiserver.registry.flowcontrol;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** FlowSchemas; see "API Priority and Fairness" in the Kubernetes documentation. */
public final class FlowSchemaStrategy extends GenericStrategy {

    private static final int HIGHEST = 10_000;
    private static final int DEFAULT_PRECEDENCE = 1000;
    private static final String ALL = "*";
    private static final List<String> VERBS =
            List.of("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch");
    private static final List<String> KINDS = List.of("Group", "ServiceAccount", "User");

    /** The flow schemas of the API. */
    public FlowSchemaStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected void validate(ObjectNode schema, List<FieldError> errors) {
        String name = KubeObject.name(schema);
        FieldPath path = FieldPath.of("spec");
        JsonNode spec = schema.path("spec");
        int precedence = spec.path("matchingPrecedence").asInt(DEFAULT_PRECEDENCE);
        FieldPath precedencePath = path.child("matchingPrecedence");
        if (precedence <= 0) {
            errors.add(FieldError.invalid(precedencePath, precedence, "must be a positive value"));
        }
        if (precedence > HIGHEST) {
            errors.add(FieldError.invalid(precedencePath, precedence, "must not be greater than " + HIGHEST));
        }
        if (precedence == 1 && !name.equals(Mandatory.EXEMPT)) {
            errors.add(FieldError.invalid(
                    precedencePath, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
        }
        if (spec.path("distinguisherMethod").isObject()) {
            Values.oneOf(
                    spec.path("distinguisherMethod"),
                    "type",
                    path.child("distinguisherMethod"),
                    List.of("ByNamespace", "ByUser"),
                    true,
                    errors);
        }
        if (spec.path("priorityLevelConfiguration").path("name").asString("").isEmpty()) {
            errors.add(FieldError.required(
                    path.child("priorityLevelConfiguration", "name"), "must reference a priority level"));
        }
        for (int i = 0; i < spec.path("rules").size(); i++) {
            rule(spec.path("rules").get(i), path.child("rules").index(i), errors);
        }
        Mandatory.spec("flowSchemas", name)
                .filter(fixed -> !Values.same(spec, fixed))
                .ifPresent(fixed -> errors.add(
                        FieldError.invalid(path, spec, "spec of '" + name + "' must equal the fixed value")));
    }

    private static void rule(JsonNode rule, FieldPath path, List<FieldError> errors) {
        JsonNode subjects = rule.path("subjects");
        if (subjects.isEmpty()) {
            errors.add(FieldError.required(path.child("subjects"), "subjects must contain at least one value"));
        }
        for (int i = 0; i < subjects.size(); i++) {
            subject(subjects.get(i), path.child("subjects").index(i), errors);
        }
        JsonNode resources = rule.path("resourceRules");
        JsonNode paths = rule.path("nonResourceRules");
        if (resources.isEmpty() && paths.isEmpty()) {
            errors.add(FieldError.required(
                    path, "at least one of resourceRules and nonResourceRules has to be non-empty"));
        }
        for (int i = 0; i < resources.size(); i++) {
            resources(resources.get(i), path.child("resourceRules").index(i), errors);
        }
        for (int i = 0; i < paths.size(); i++) {
            paths(paths.get(i), path.child("nonResourceRules").index(i), errors);
        }
    }

    private static void subject(JsonNode subject, FieldPath path, List<FieldError> errors) {
        String kind = subject.path("kind").asString("");
        if (!KINDS.contains(kind)) {
            errors.add(FieldError.notSupported(path.child("kind"), kind, KINDS));
            return;
        }
        for (String each : List.of("ServiceAccount", "User", "Group")) {
            String field = Character.toLowerCase(each.charAt(0)) + each.substring(1);
            JsonNode named = subject.path(field);
            FieldPath fieldPath = path.child(field);
            if (!each.equals(kind)) {
                if (named.isObject()) {
                    errors.add(FieldError.forbidden(
                            fieldPath, "%s is forbidden when subject kind is not '%s'".formatted(field, each)));
                }
            } else if (!named.isObject()) {
                errors.add(FieldError.required(
                        fieldPath, "%s is required when subject kind is '%s'".formatted(field, each)));
            } else {
                if (named.path("name").asString("").isEmpty()) {
                    errors.add(FieldError.required(fieldPath.child("name"), ""));
                }
                if (each.equals("ServiceAccount")
                        && named.path("namespace").asString("").isEmpty()) {
                    errors.add(FieldError.required(
                            fieldPath.child("namespace"), "must specify namespace for service account"));
                }
            }
        }
    }

    private static void resources(JsonNode rule, FieldPath path, List<FieldError> errors) {
        verbs(rule, path, errors);
        some(rule, "apiGroups", path, "resource rules must supply at least one api group", "api groups", errors);
        some(rule, "resources", path, "resource rules must supply at least one resource", "resources", errors);
        if (!rule.path("clusterScope").asBoolean(false)
                || !rule.path("namespaces").isEmpty()) {
            some(
                    rule,
                    "namespaces",
                    path,
                    "resource rules that are not cluster scoped must supply at least one namespace",
                    "namespaces",
                    errors);
        }
    }

    private static void paths(JsonNode rule, FieldPath path, List<FieldError> errors) {
        verbs(rule, path, errors);
        String field = "nonResourceURLs";
        some(rule, field, path, "nonResourceURLs must contain at least one value", "non-resource URLs", errors);
        List<String> urls = texts(rule.path(field));
        for (int i = 0; i < urls.size() && !urls.contains(ALL); i++) {
            String fault = fault(urls.get(i));
            if (!fault.isEmpty()) {
                errors.add(FieldError.invalid(path.child(field).index(i), urls.get(i), fault));
            }
        }
    }

    private static String fault(String url) {
        if (url.isEmpty()) {
            return "must not be empty";
        }
        if (!url.startsWith("/")) {
            return "must start with slash";
        }
        if (url.contains(" ")) {
            return "must not contain white-space";
        }
        if (url.contains("//")) {
            return "must not contain double slash";
        }
        int star = url.indexOf('*');
        boolean suffix = star < 0 || star == url.length() - 1 && url.endsWith("/*");
        return suffix ? "" : "wildcard can only do suffix matching";
    }

    private static void verbs(JsonNode rule, FieldPath path, List<FieldError> errors) {
        some(rule, "verbs", path, "verbs must contain at least one value", "verbs", errors);
        List<String> verbs = texts(rule.path("verbs"));
        if (!verbs.contains(ALL) && !VERBS.containsAll(verbs)) {
            errors.add(FieldError.notSupported(path.child("verbs"), rule.path("verbs"), VERBS));
        }
    }

    /** The list names something, and a star stands alone. */
    private static void some(
            JsonNode rule, String field, FieldPath path, String none, String others, List<FieldError> errors) {
        List<String> values = texts(rule.path(field));
        if (values.isEmpty()) {
            errors.add(FieldError.required(path.child(field), none));
        } else if (values.size() > 1 && values.contains(ALL)) {
            errors.add(FieldError.invalid(
                    path.child(field), rule.path(field), "if '*' is present, must not specify other " + others));
        }
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asString("")));
        return texts;
    }

    @Override
    protected void validateStatus(ObjectNode schema, ObjectNode old, List<FieldError> errors) {
        conditions(schema, errors);
    }

    /** Each condition has a type of its own. */
    static void conditions(ObjectNode object, List<FieldError> errors) {
        JsonNode conditions = object.path("status").path("conditions");
        Set<String> types = new HashSet<>();
        for (int i = 0; i < conditions.size(); i++) {
            String type = conditions.get(i).path("type").asString("");
            FieldPath path = FieldPath.of("status", "conditions").index(i).child("type");
            if (type.isEmpty()) {
                errors.add(FieldError.required(path, "must not be empty"));
            } else if (!types.add(type)) {
                errors.add(FieldError.duplicate(path, type));
            }
        }
    }
}
