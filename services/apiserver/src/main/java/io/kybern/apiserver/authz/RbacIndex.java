package io.kybern.apiserver.authz;

import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.apiserver.authn.UserInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/**
 * All roles and bindings at one moment, looked up by subject. Immutable. A cluster role that aggregates others has their rules
 * besides its own, at once and through several levels.
 */
final class RbacIndex {

    static final RbacIndex EMPTY = new RbacIndex(List.of(), List.of(), List.of(), List.of());

    /**
     * A binding of one subject.
     *
     * @param description told when it allows something; made once, for every request asks all bindings of its user
     */
    private record Binding(String roleKind, String role, String description) {

        static Binding of(ObjectKey key, boolean cluster, String subject, String roleKind, String role) {
            return new Binding(
                    roleKind,
                    role,
                    "RBAC: allowed by %s \"%s\" of %s \"%s\" to %s"
                            .formatted(cluster ? "ClusterRoleBinding" : "RoleBinding", key, roleKind, role, subject));
        }
    }

    private final Map<String, List<PolicyRule>> clusterRoles = new HashMap<>();
    private final Map<ObjectKey, List<PolicyRule>> roles = new HashMap<>();
    private final Map<String, List<Binding>> clusterBindings = new HashMap<>();
    private final Map<String, Map<String, List<Binding>>> bindings = new HashMap<>();

    RbacIndex(
            List<JsonNode> clusterRoles,
            List<JsonNode> roles,
            List<JsonNode> clusterBindings,
            List<JsonNode> bindings) {
        Map<String, JsonNode> byName = new HashMap<>();
        clusterRoles.forEach(role -> byName.put(KubeObject.name(role), role));
        byName.forEach((name, role) -> this.clusterRoles.put(name, aggregated(role, byName)));
        roles.forEach(role -> this.roles.put(KubeObject.key(role), rules(role)));
        for (JsonNode binding : clusterBindings) {
            index(binding, true, this.clusterBindings);
        }
        for (JsonNode binding : bindings) {
            index(binding, false, this.bindings.computeIfAbsent(KubeObject.namespace(binding), ns -> new HashMap<>()));
        }
    }

    private static List<PolicyRule> rules(JsonNode role) {
        List<PolicyRule> rules = new ArrayList<>();
        role.path("rules").forEach(rule -> rules.add(PolicyRule.of(rule)));
        return rules;
    }

    private static List<PolicyRule> aggregated(JsonNode root, Map<String, JsonNode> all) {
        Set<PolicyRule> rules = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>();
        List<JsonNode> open = new ArrayList<>(List.of(root));
        while (!open.isEmpty()) {
            JsonNode role = open.removeLast();
            if (!seen.add(KubeObject.name(role))) {
                continue;
            }
            rules.addAll(rules(role));
            for (JsonNode each : role.path("aggregationRule").path("clusterRoleSelectors")) {
                LabelSelector selector = selector(each);
                all.values().stream()
                        .filter(other -> selector.matches(KubeObject.labels(other)))
                        .forEach(open::add);
            }
        }
        return List.copyOf(rules);
    }

    private static LabelSelector selector(JsonNode selector) {
        try {
            return LabelSelector.of(selector);
        } catch (SelectorSyntaxException e) {
            return LabelSelector.nothing();
        }
    }

    private static void index(JsonNode binding, boolean cluster, Map<String, List<Binding>> into) {
        JsonNode ref = binding.path("roleRef");
        for (JsonNode subject : binding.path("subjects")) {
            String name = subject.path("name").asString("");
            String namespace = subject.path("namespace").asString("");
            String kind = subject.path("kind").asString("");
            String key =
                    switch (kind) {
                        case "User" -> user(name);
                        case "Group" -> group(name);
                        case "ServiceAccount" ->
                            user("system:serviceaccount:"
                                    + (namespace.isEmpty() ? KubeObject.namespace(binding) : namespace) + ":" + name);
                        default -> "";
                    };
            String told = kind.equals("ServiceAccount")
                    ? "ServiceAccount \"%s/%s\"".formatted(name, namespace)
                    : "%s \"%s\"".formatted(kind, name);
            into.computeIfAbsent(key, k -> new ArrayList<>())
                    .add(Binding.of(
                            KubeObject.key(binding),
                            cluster,
                            told,
                            ref.path("kind").asString(""),
                            ref.path("name").asString("")));
        }
    }

    private static String user(String name) {
        return "user:" + name;
    }

    private static String group(String name) {
        return "group:" + name;
    }

    /** Decides. */
    Decision authorize(AccessAttributes attributes) {
        Decision[] found = {Decision.noOpinion()};
        visit(attributes.user(), attributes.namespace(), (binding, rules) -> {
            if (!found[0].allowed() && rules.stream().anyMatch(rule -> rule.allows(attributes))) {
                found[0] = Decision.allow(binding);
            }
        });
        return found[0];
    }

    /** Whether a cluster role allows it, whoever it is bound to. */
    boolean clusterRoleAllows(String role, AccessAttributes attributes) {
        return clusterRoles.getOrDefault(role, List.of()).stream().anyMatch(rule -> rule.allows(attributes));
    }

    /** All rules that a user has in a namespace. */
    List<PolicyRule> rulesOf(UserInfo user, String namespace) {
        Set<PolicyRule> all = new LinkedHashSet<>();
        visit(user, namespace, (binding, rules) -> all.addAll(rules));
        return List.copyOf(all);
    }

    /** The rules of a role; empty if there is no such role. */
    Optional<List<PolicyRule>> rulesOfRole(String namespace, String name) {
        return Optional.ofNullable(roles.get(new ObjectKey(namespace, name)));
    }

    /** The rules of a cluster role, with those that it aggregates; empty if there is no such role. */
    Optional<List<PolicyRule>> rulesOfClusterRole(String name) {
        return Optional.ofNullable(clusterRoles.get(name));
    }

    private void visit(UserInfo user, String namespace, BiConsumer<String, List<PolicyRule>> visitor) {
        visit(clusterBindings, user, namespace, visitor);
        if (!namespace.isEmpty()) {
            visit(bindings.getOrDefault(namespace, Map.of()), user, namespace, visitor);
        }
    }

    private void visit(
            Map<String, List<Binding>> bySubject,
            UserInfo user,
            String namespace,
            BiConsumer<String, List<PolicyRule>> visitor) {
        for (Binding binding : bySubject.getOrDefault(user(user.name()), List.of())) {
            visitor.accept(binding.description(), rules(binding, namespace));
        }
        for (String group : user.groups()) {
            for (Binding binding : bySubject.getOrDefault(group(group), List.of())) {
                visitor.accept(binding.description(), rules(binding, namespace));
            }
        }
    }

    private List<PolicyRule> rules(Binding binding, String namespace) {
        return binding.roleKind().equals("Role")
                ? roles.getOrDefault(new ObjectKey(namespace, binding.role()), List.of())
                : clusterRoles.getOrDefault(binding.role(), List.of());
    }
}
