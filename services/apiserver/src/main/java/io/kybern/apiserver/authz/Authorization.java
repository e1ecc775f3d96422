package io.kybern.apiserver.authz;

import io.kybern.api.GroupResource;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.audit.AuditAnnotations;
import io.kybern.apiserver.authn.UserInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Asks one authorizer after the other; the first that has an opinion decides, and without one it is refused. */
public final class Authorization implements Authorizer {

    /** Health is for everyone, so that what watches over the server needs no credentials. */
    private static final Set<String> OPEN_PATHS = Set.of("/livez", "/readyz", "/healthz");

    private final List<Authorizer> authorizers;

    /** Asks these, in this order. */
    public Authorization(List<Authorizer> authorizers) {
        this.authorizers = List.copyOf(authorizers);
    }

    @Override
    public Decision authorize(AccessAttributes attributes) {
        if (attributes.user().in(UserInfo.MASTERS)) {
            return Decision.allow("");
        }
        if (!attributes.resourceRequest() && OPEN_PATHS.contains(attributes.path())) {
            return Decision.allow("");
        }
        List<String> reasons = new ArrayList<>();
        for (Authorizer authorizer : authorizers) {
            Decision decision = authorizer.authorize(attributes);
            if (decision.verdict() != Decision.Verdict.NO_OPINION) {
                return decision;
            }
            if (!decision.reason().isEmpty()) {
                reasons.add(decision.reason());
            }
        }
        return Decision.noOpinion(String.join("\n", reasons));
    }

    /**
     * Lets pass what is allowed.
     *
     * @throws ApiException 403 otherwise, in the words of Kubernetes
     */
    public void require(AccessAttributes attributes) {
        Decision decision = authorize(attributes);
        AuditAnnotations.add("authorization.k8s.io/decision", decision.allowed() ? "allow" : "forbid");
        AuditAnnotations.add("authorization.k8s.io/reason", decision.reason());
        if (!decision.allowed()) {
            throw forbidden(attributes, decision.reason());
        }
    }

    private static ApiException forbidden(AccessAttributes attributes, String reason) {
        String message = sentence(attributes) + (reason.isEmpty() ? "" : ": " + reason);
        return attributes.resourceRequest()
                ? ApiException.forbidden(
                        new GroupResource(attributes.group(), attributes.resource()), attributes.name(), message)
                : ApiException.forbiddenPath(message);
    }

    private static String sentence(AccessAttributes attributes) {
        String who = "User \"%s\" cannot %s ".formatted(attributes.user().name(), attributes.verb());
        if (!attributes.resourceRequest()) {
            return who + "path \"%s\"".formatted(attributes.path());
        }
        String where = attributes.namespace().isEmpty()
                ? "at the cluster scope"
                : "in the namespace \"%s\"".formatted(attributes.namespace());
        return who
                + "resource \"%s\" in API group \"%s\" %s"
                        .formatted(attributes.combinedResource(), attributes.group(), where);
    }
}
