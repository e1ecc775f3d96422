package io.kybern.apiserver.flowcontrol;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.RequestInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a FlowSchema says: which requests are its own, and what tells their flows apart. Immutable.
 *
 * @param name its name
 * @param uid its id; empty if there is no such object
 * @param level the name of the level that its requests run in
 * @param precedence the lowest is asked first
 * @param distinguisher {@code ByUser}, {@code ByNamespace} or empty
 * @param rules one of them has to match
 */
record FlowSchema(String name, String uid, String level, int precedence, String distinguisher, List<Rule> rules) {

    private static final String ACCOUNT_PREFIX = "system:serviceaccount:";

    /** Who asks for what. */
    record Rule(List<Subject> subjects, List<ResourceRule> resources, List<PathRule> paths) {

        Rule {
            subjects = List.copyOf(subjects);
            resources = List.copyOf(resources);
            paths = List.copyOf(paths);
        }

        boolean matches(UserInfo user, RequestInfo info) {
            return subjects.stream().anyMatch(subject -> subject.matches(user))
                    && (info.resourceRequest()
                            ? resources.stream().anyMatch(rule -> rule.matches(info))
                            : paths.stream().anyMatch(rule -> rule.matches(info)));
        }
    }

    /** A user, a group, or a service account; a star stands for all. */
    record Subject(String kind, String namespace, String name) {

        boolean matches(UserInfo user) {
            return switch (kind) {
                case "User" -> name.equals("*") || name.equals(user.name());
                case "Group" -> name.equals("*") || user.in(name);
                default ->
                    name.equals("*")
                            ? user.name().startsWith(ACCOUNT_PREFIX + namespace + ":")
                            : user.name().equals(ACCOUNT_PREFIX + namespace + ":" + name);
            };
        }
    }

    /** Verbs on resources. */
    record ResourceRule(
            Set<String> verbs, Set<String> groups, Set<String> resources, boolean cluster, Set<String> namespaces) {

        ResourceRule {
            verbs = Set.copyOf(verbs);
            groups = Set.copyOf(groups);
            resources = Set.copyOf(resources);
            namespaces = Set.copyOf(namespaces);
        }

        boolean matches(RequestInfo info) {
            String resource =
                    info.subresource().isEmpty() ? info.resource() : info.resource() + "/" + info.subresource();
            return holds(verbs, info.verb())
                    && holds(groups, info.group())
                    && holds(resources, resource)
                    && (info.namespace().isEmpty() ? cluster : holds(namespaces, info.namespace()));
        }
    }

    /** Verbs on paths; a path may end in a star. */
    record PathRule(Set<String> verbs, Set<String> paths) {

        PathRule {
            verbs = Set.copyOf(verbs);
            paths = Set.copyOf(paths);
        }

        boolean matches(RequestInfo info) {
            return holds(verbs, info.verb())
                    && paths.stream()
                            .anyMatch(path -> path.equals("*")
                                    || path.equals(info.path())
                                    || path.endsWith("/*")
                                            && info.path().startsWith(path.substring(0, path.length() - 1)));
        }
    }

    FlowSchema {
        rules = List.copyOf(rules);
    }

    private static boolean holds(Set<String> wanted, String value) {
        return wanted.contains("*") || wanted.contains(value);
    }

    /** What every server has, though nobody made it: administrators are never held up. */
    static FlowSchema exempt() {
        return everything("exempt", 1, List.of(new Subject("Group", "", UserInfo.MASTERS)));
    }

    /** What every server has, though nobody made it: the rest. */
    static FlowSchema catchAll() {
        return everything("catch-all", Integer.MAX_VALUE, List.of(new Subject("Group", "", "*")));
    }

    private static FlowSchema everything(String name, int precedence, List<Subject> subjects) {
        Set<String> all = Set.of("*");
        Rule rule = new Rule(
                subjects, List.of(new ResourceRule(all, all, all, true, all)), List.of(new PathRule(all, all)));
        return new FlowSchema(name, "", name, precedence, "ByUser", List.of(rule));
    }

    /** Reads one. */
    static FlowSchema of(JsonNode schema) {
        JsonNode spec = schema.path("spec");
        List<Rule> rules = new ArrayList<>();
        spec.path("rules").forEach(rule -> rules.add(rule(rule)));
        return new FlowSchema(
                schema.path("metadata").path("name").asString(""),
                schema.path("metadata").path("uid").asString(""),
                spec.path("priorityLevelConfiguration").path("name").asString(""),
                spec.path("matchingPrecedence").asInt(Integer.MAX_VALUE),
                spec.path("distinguisherMethod").path("type").asString(""),
                rules);
    }

    private static Rule rule(JsonNode rule) {
        List<Subject> subjects = new ArrayList<>();
        for (JsonNode each : rule.path("subjects")) {
            JsonNode user = each.path("user");
            JsonNode group = each.path("group");
            JsonNode account = each.path("serviceAccount");
            JsonNode named = user.isObject() ? user : group.isObject() ? group : account;
            subjects.add(new Subject(
                    each.path("kind").asString(""),
                    account.path("namespace").asString(""),
                    named.path("name").asString("")));
        }
        List<ResourceRule> resources = new ArrayList<>();
        for (JsonNode each : rule.path("resourceRules")) {
            resources.add(new ResourceRule(
                    texts(each.path("verbs")),
                    texts(each.path("apiGroups")),
                    texts(each.path("resources")),
                    each.path("clusterScope").asBoolean(false),
                    texts(each.path("namespaces"))));
        }
        List<PathRule> paths = new ArrayList<>();
        rule.path("nonResourceRules")
                .forEach(each ->
                        paths.add(new PathRule(texts(each.path("verbs")), texts(each.path("nonResourceURLs")))));
        return new Rule(subjects, resources, paths);
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new HashSet<>();
        list.forEach(each -> texts.add(each.asString("")));
        return texts;
    }

    /** Whether the request is one of its own. */
    boolean matches(UserInfo user, RequestInfo info) {
        for (Rule rule : rules) {
            if (rule.matches(user, info)) {
                return true;
            }
        }
        return false;
    }

    /** The flow that the request belongs to, as a number. */
    long flow(UserInfo user, RequestInfo info) {
        return ShuffleSharding.hash(
                name,
                switch (distinguisher) {
                    case "ByUser" -> user.name();
                    case "ByNamespace" -> info.namespace();
                    default -> "";
                });
    }
}
