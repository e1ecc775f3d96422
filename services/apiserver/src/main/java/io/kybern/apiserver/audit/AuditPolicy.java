package io.kybern.apiserver.audit;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.RequestInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * How much is told of which requests: the first rule that matches decides, and without one nothing is told. See "Audit policy" in the
 * Kubernetes documentation.
 */
final class AuditPolicy {

    private static final String VERSION = "audit.k8s.io/v1";

    private final List<Rule> rules;

    private record Rule(
            Decision decision,
            List<String> users,
            List<String> groups,
            List<String> verbs,
            List<String> namespaces,
            List<Resources> resources,
            List<String> paths) {

        Rule {
            users = List.copyOf(users);
            groups = List.copyOf(groups);
            verbs = List.copyOf(verbs);
            namespaces = List.copyOf(namespaces);
            resources = List.copyOf(resources);
            paths = List.copyOf(paths);
        }
    }

    private record Resources(String group, List<String> resources, List<String> names) {

        Resources {
            resources = List.copyOf(resources);
            names = List.copyOf(names);
        }
    }

    /**
     * What is told of a request.
     *
     * @param level how much
     * @param omitted the stages without an entry
     * @param omitManagedFields whether objects lose their managed fields
     */
    record Decision(AuditLevel level, Set<AuditStage> omitted, boolean omitManagedFields) {

        static final Decision NOTHING = new Decision(AuditLevel.NONE, Set.of(), false);

        Decision {
            omitted = Set.copyOf(omitted);
        }
    }

    private AuditPolicy(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /**
     * Reads a policy file.
     *
     * @throws IllegalArgumentException if it is none
     */
    static AuditPolicy read(Path file) {
        try {
            return of(YAMLMapper.builder().build().readTree(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("the audit policy " + file + " cannot be read", e);
        }
    }

    static AuditPolicy of(JsonNode policy) {
        if (!policy.path("apiVersion").asString("").equals(VERSION)
                || !policy.path("kind").asString("").equals("Policy")) {
            throw new IllegalArgumentException("an audit policy is of the kind Policy, version " + VERSION);
        }
        if (policy.path("rules").isEmpty()) {
            throw new IllegalArgumentException("an audit policy has at least one rule");
        }
        Set<AuditStage> omitted = stages(policy.path("omitStages"));
        boolean omitManagedFields = policy.path("omitManagedFields").asBoolean(false);
        List<Rule> rules = new ArrayList<>();
        for (JsonNode each : policy.path("rules")) {
            Set<AuditStage> omittedHere = stages(each.path("omitStages"));
            omittedHere.addAll(omitted);
            List<Resources> resources = new ArrayList<>();
            each.path("resources")
                    .forEach(group -> resources.add(new Resources(
                            group.path("group").asString(""),
                            texts(group.path("resources")),
                            texts(group.path("resourceNames")))));
            rules.add(new Rule(
                    new Decision(
                            AuditLevel.of(each.path("level").asString("")),
                            omittedHere,
                            each.path("omitManagedFields").asBoolean(omitManagedFields)),
                    texts(each.path("users")),
                    texts(each.path("userGroups")),
                    texts(each.path("verbs")),
                    texts(each.path("namespaces")),
                    resources,
                    texts(each.path("nonResourceURLs"))));
        }
        return new AuditPolicy(rules);
    }

    private static Set<AuditStage> stages(JsonNode list) {
        Set<AuditStage> stages = EnumSet.noneOf(AuditStage.class);
        list.forEach(each -> stages.add(AuditStage.of(each.asString(""))));
        return stages;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asString("")));
        return List.copyOf(texts);
    }

    /** What is told of a request. */
    Decision of(UserInfo user, RequestInfo info) {
        for (Rule rule : rules) {
            if (matches(rule, user, info)) {
                return rule.decision();
            }
        }
        return Decision.NOTHING;
    }

    private static boolean matches(Rule rule, UserInfo user, RequestInfo info) {
        if (!rule.users().isEmpty() && !rule.users().contains(user.name())
                || !rule.groups().isEmpty() && rule.groups().stream().noneMatch(user::in)
                || !rule.verbs().isEmpty() && !rule.verbs().contains(info.verb())) {
            return false;
        }
        if (!rule.namespaces().isEmpty() || !rule.resources().isEmpty()) {
            return info.resourceRequest() && resource(rule, info);
        }
        if (!rule.paths().isEmpty()) {
            return !info.resourceRequest() && rule.paths().stream().anyMatch(path -> covers(path, info.path()));
        }
        return true;
    }

    private static boolean covers(String pattern, String path) {
        return pattern.endsWith("*")
                ? path.startsWith(pattern.substring(0, pattern.length() - 1))
                : path.equals(pattern);
    }

    private static boolean resource(Rule rule, RequestInfo info) {
        if (!rule.namespaces().isEmpty() && !rule.namespaces().contains(info.namespace())) {
            return false;
        }
        return rule.resources().isEmpty() || rule.resources().stream().anyMatch(each -> resource(each, info));
    }

    private static boolean resource(Resources wanted, RequestInfo info) {
        if (!wanted.group().equals(info.group())) {
            return false;
        }
        if (wanted.resources().isEmpty()) {
            return true;
        }
        boolean named = wanted.names().isEmpty() || wanted.names().contains(info.name());
        return named && wanted.resources().stream().anyMatch(each -> names(each, info));
    }

    private static boolean names(String pattern, RequestInfo info) {
        String whole = info.subresource().isEmpty() ? info.resource() : info.resource() + "/" + info.subresource();
        return pattern.equals("*")
                || pattern.equals(whole)
                || !info.subresource().isEmpty()
                        && (pattern.equals(info.resource() + "/*") || pattern.equals("*/" + info.subresource()));
    }
}
