package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.authz.PolicyRule;
import io.kybern.apiserver.authz.RbacAuthorizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nobody grants what they do not have: who writes a role must hold its rules, and who binds one must hold the rules of the role,
 * unless they may {@code escalate} or {@code bind} it. See "Privilege escalation prevention and bootstrapping".
 */
final class EscalationCheck implements AdmissionPlugin {

    private static final String GROUP = "rbac.authorization.k8s.io";
    private static final Set<String> ROLES = Set.of("roles", "clusterroles");
    private static final Set<String> BINDINGS = Set.of("rolebindings", "clusterrolebindings");
    private static final PolicyRule ALL_RESOURCES =
            new PolicyRule(List.of("*"), List.of("*"), List.of("*"), List.of(), List.of());
    private static final PolicyRule ALL_PATHS =
            new PolicyRule(List.of("*"), List.of(), List.of(), List.of(), List.of("*"));

    private final Authorizer authorizer;
    private final RbacAuthorizer rbac;

    EscalationCheck(Authorizer authorizer, RbacAuthorizer rbac) {
        this.authorizer = authorizer;
        this.rbac = rbac;
    }

    @Override
    public String name() {
        return "RBACEscalation";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        boolean writes =
                request.operation() == AdmissionOperation.CREATE || request.operation() == AdmissionOperation.UPDATE;
        boolean concerned = writes
                && target.subresource().isEmpty()
                && target.type().gvr().group().equals(GROUP)
                && !request.user().in(UserInfo.MASTERS);
        if (!concerned) {
            return;
        }
        String resource = target.type().gvr().resource();
        if (ROLES.contains(resource)) {
            request.object().ifPresent(role -> role(request, role));
        } else if (BINDINGS.contains(resource)) {
            request.object().ifPresent(binding -> binding(request, binding));
        }
    }

    private static boolean unchanged(AdmissionRequest request, ObjectNode now, List<String> fields) {
        return request.oldObject()
                .filter(old -> fields.stream().allMatch(field -> old.path(field).equals(now.path(field))))
                .isPresent();
    }

    private void role(AdmissionRequest request, ObjectNode role) {
        if (unchanged(request, role, List.of("rules", "aggregationRule"))
                || may(
                        request,
                        "escalate",
                        request.target().type().gvr().resource(),
                        request.target().name())) {
            return;
        }
        List<PolicyRule> rules = new ArrayList<>();
        role.path("rules").forEach(rule -> rules.add(PolicyRule.of(rule)));
        if (role.has("aggregationRule")
                && !Privileges.missing(held(request), List.of(ALL_RESOURCES, ALL_PATHS))
                        .isEmpty()) {
            throw refused(request, "must have cluster-admin privileges to use an aggregationRule");
        }
        confirm(request, rules);
    }

    private void binding(AdmissionRequest request, ObjectNode binding) {
        JsonNode role = binding.path("roleRef");
        String kind = role.path("kind").asString("");
        String name = role.path("name").asString("");
        String resource = kind.equals("Role") ? "roles" : "clusterroles";
        if (unchanged(request, binding, List.of("roleRef", "subjects")) || may(request, "bind", resource, name)) {
            return;
        }
        List<PolicyRule> rules = rbac.rulesOfRole(kind, request.target().namespace(), name)
                .orElseThrow(() -> ApiException.notFound(new GroupResource(GROUP, resource), name));
        confirm(request, rules);
    }

    private boolean may(AdmissionRequest request, String verb, String resource, String name) {
        return authorizer
                .authorize(AccessAttributes.resource(
                        request.user(), verb, GROUP, resource, request.target().namespace(), name))
                .allowed();
    }

    private List<PolicyRule> held(AdmissionRequest request) {
        return rbac.rulesOf(request.user(), request.target().namespace());
    }

    private void confirm(AdmissionRequest request, List<PolicyRule> wanted) {
        List<String> missing = Privileges.missing(held(request), wanted);
        if (!missing.isEmpty()) {
            throw refused(
                    request,
                    "user %s (groups=%s) is attempting to grant RBAC permissions not currently held:\n%s"
                            .formatted(
                                    Privileges.quoted(request.user().name()),
                                    Privileges.quoted(request.user().groups()),
                                    String.join("\n", missing)));
        }
    }

    private static ApiException refused(AdmissionRequest request, String why) {
        return ApiException.forbidden(
                request.target().type().groupResource(), request.target().name(), why);
    }
}
