package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.api.status.ApiException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.authn.Authentication;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.authz.Decision;
import io.kybern.apiserver.authz.PolicyRule;
import io.kybern.apiserver.authz.RbacAuthorizer;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Representation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Questions that are asked by a POST and kept nowhere: who a token belongs to, who one is, what one may do; see "Checking API
 * access" and "TokenReview" in the Kubernetes documentation.
 */
final class Reviews {

    private static final String AUTHENTICATION = "authentication.k8s.io";
    private static final String AUTHORIZATION = "authorization.k8s.io";

    private final BodyReader bodies;
    private final Authentication authentication;
    private final Authorizer authorizer;
    private final RbacAuthorizer rbac;

    Reviews(BodyReader bodies, Authentication authentication, Authorizer authorizer, RbacAuthorizer rbac) {
        this.bodies = bodies;
        this.authentication = authentication;
        this.authorizer = authorizer;
        this.rbac = rbac;
    }

    private ObjectNode body(ApiRequest request, GroupVersionKind kind) {
        WriteOptions options = WriteOptions.read(request, "CreateOptions");
        return bodies.read(request, kind, options.fieldValidation());
    }

    private static ApiResponse answer(ApiRequest request, ObjectNode review) {
        Representation representation = Negotiation.representation(request, false);
        if (!review.has("metadata")) {
            review.putObject("metadata");
        }
        return representation.answer(201, review);
    }

    /** Whose a token is. */
    ApiResponse token(ApiRequest request) {
        Negotiation.representation(request, false);
        ObjectNode review = body(request, new GroupVersionKind(AUTHENTICATION, "v1", "TokenReview"));
        String token = review.path("spec").path("token").asString("");
        if (token.isEmpty()) {
            throw ApiException.badRequest("token is required for TokenReview in authentication");
        }
        List<String> audiences = new ArrayList<>();
        review.path("spec").path("audiences").forEach(each -> audiences.add(each.asString("")));
        ObjectNode status = review.putObject("status");
        Optional<ServiceAccountTokens.Verified> verified = authentication.byToken(token, audiences);
        if (verified.isEmpty()) {
            status.putObject("user");
            status.put("error", "[invalid bearer token, service account token is not valid]");
        } else {
            status.put("authenticated", true);
            verified.get().user().writeTo(status.putObject("user"));
            verified.get().audiences().forEach(status.putArray("audiences")::add);
        }
        return answer(request, review);
    }

    /** Who one is. */
    ApiResponse self(ApiRequest request) {
        Negotiation.representation(request, false);
        ObjectNode review = body(request, new GroupVersionKind(AUTHENTICATION, "v1", "SelfSubjectReview"));
        request.user().writeTo(review.putObject("status").putObject("userInfo"));
        return answer(request, review);
    }

    /** Whether one may do something. */
    ApiResponse selfAccess(ApiRequest request) {
        Negotiation.representation(request, false);
        GroupVersionKind kind = new GroupVersionKind(AUTHORIZATION, "v1", "SelfSubjectAccessReview");
        ObjectNode review = body(request, kind);
        checkSpec(kind, review, false);
        return decided(request, review, request.user());
    }

    /** Whether somebody may do something. */
    ApiResponse access(ApiRequest request) {
        Negotiation.representation(request, false);
        GroupVersionKind kind = new GroupVersionKind(AUTHORIZATION, "v1", "SubjectAccessReview");
        ObjectNode review = body(request, kind);
        checkSpec(kind, review, true);
        return decided(request, review, UserInfo.read(review.path("spec"), "user"));
    }

    /** Whether somebody may do something in one namespace. */
    ApiResponse localAccess(ApiRequest request) {
        Negotiation.representation(request, false);
        GroupVersionKind kind = new GroupVersionKind(AUTHORIZATION, "v1", "LocalSubjectAccessReview");
        ObjectNode review = body(request, kind);
        checkSpec(kind, review, true);
        String asked =
                review.path("spec").path("resourceAttributes").path("namespace").asString("");
        if (!asked.equals(request.info().namespace())) {
            throw ApiException.invalid(
                    kind,
                    "",
                    List.of(FieldError.invalid(
                            FieldPath.of("spec", "resourceAttributes", "namespace"),
                            asked,
                            "must match metadata.namespace")));
        }
        return decided(request, review, UserInfo.read(review.path("spec"), "user"));
    }

    private static void checkSpec(GroupVersionKind kind, ObjectNode review, boolean needsSubject) {
        JsonNode spec = review.path("spec");
        List<FieldError> errors = new ArrayList<>();
        FieldPath path = FieldPath.of("spec");
        boolean resource = spec.has("resourceAttributes");
        boolean other = spec.has("nonResourceAttributes");
        if (resource && other) {
            errors.add(FieldError.invalid(
                    path.child("nonResourceAttributes"),
                    spec.get("nonResourceAttributes"),
                    "cannot be specified in combination with resourceAttributes"));
        }
        if (!resource && !other) {
            errors.add(FieldError.invalid(
                    path.child("resourceAttributes"),
                    spec.path("resourceAttributes").isMissingNode() ? null : spec.path("resourceAttributes"),
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        }
        FieldPath attributes = path.child("resourceAttributes");
        checkSelector(
                errors,
                attributes.child("fieldSelector"),
                spec.path("resourceAttributes").path("fieldSelector"));
        checkSelector(
                errors,
                attributes.child("labelSelector"),
                spec.path("resourceAttributes").path("labelSelector"));
        if (needsSubject
                && spec.path("user").asString("").isEmpty()
                && spec.path("groups").isEmpty()) {
            errors.add(FieldError.invalid(path.child("user"), "", "at least one of user or group must be specified"));
        }
        if (!errors.isEmpty()) {
            throw ApiException.invalid(kind, "", errors);
        }
    }

    private ApiResponse decided(ApiRequest request, ObjectNode review, UserInfo user) {
        Decision decision = authorizer.authorize(attributes(review.path("spec"), user));
        ObjectNode status = review.putObject("status");
        status.put("allowed", decision.allowed());
        if (decision.verdict() == Decision.Verdict.DENY) {
            status.put("denied", true);
        }
        if (!decision.reason().isEmpty()) {
            status.put("reason", decision.reason());
        }
        return answer(request, review);
    }

    private static AccessAttributes attributes(JsonNode spec, UserInfo user) {
        JsonNode resource = spec.path("resourceAttributes");
        JsonNode path = spec.path("nonResourceAttributes");
        boolean isResource = spec.has("resourceAttributes");
        JsonNode source = isResource ? resource : path;
        return new AccessAttributes(
                user,
                source.path("verb").asString(""),
                isResource,
                resource.path("group").asString(""),
                resource.path("version").asString(""),
                resource.path("resource").asString(""),
                resource.path("subresource").asString(""),
                resource.path("namespace").asString(""),
                resource.path("name").asString(""),
                path.path("path").asString(""),
                fields(resource.path("fieldSelector")),
                labels(resource.path("labelSelector")));
    }

    private static FieldSelector fields(JsonNode selector) {
        String raw = selector.path("rawSelector").asString("");
        if (!raw.isEmpty()) {
            return AccessAttributes.fieldsOf(raw);
        }
        List<FieldSelector.Term> terms = new ArrayList<>();
        for (JsonNode each : selector.path("requirements")) {
            String operator = each.path("operator").asString("");
            // a field has one value: what asks for several cannot be said, and narrows nothing
            if (each.path("values").size() == 1 && (operator.equals("In") || operator.equals("NotIn"))) {
                terms.add(new FieldSelector.Term(
                        each.path("key").asString(""),
                        operator.equals("In"),
                        each.path("values").get(0).asString("")));
            }
        }
        return FieldSelector.of(terms);
    }

    private static LabelSelector labels(JsonNode selector) {
        String raw = selector.path("rawSelector").asString("");
        if (!raw.isEmpty()) {
            return AccessAttributes.labelsOf(raw);
        }
        try {
            return selector.path("requirements").isEmpty()
                    ? LabelSelector.everything()
                    : LabelSelector.of(Json.object().set("matchExpressions", selector.path("requirements")));
        } catch (SelectorSyntaxException e) {
            return LabelSelector.everything();
        }
    }

    private static void checkSelector(List<FieldError> errors, FieldPath path, JsonNode selector) {
        boolean raw = !selector.path("rawSelector").asString("").isEmpty();
        if (raw && selector.has("requirements")) {
            errors.add(FieldError.invalid(
                    path.child("rawSelector"),
                    selector.path("rawSelector"),
                    "may not specified at the same time as requirements"));
        } else if (!selector.isMissingNode()
                && !raw
                && selector.path("requirements").isEmpty()) {
            errors.add(FieldError.required(
                    path.child("requirements"),
                    "when " + path + " is specified, requirements or rawSelector is required"));
        }
    }

    /** All that one may do in a namespace. */
    ApiResponse selfRules(ApiRequest request) {
        Negotiation.representation(request, false);
        ObjectNode review = body(request, new GroupVersionKind(AUTHORIZATION, "v1", "SelfSubjectRulesReview"));
        String namespace = review.path("spec").path("namespace").asString("");
        if (namespace.isEmpty()) {
            throw ApiException.badRequest("no namespace on request");
        }
        ObjectNode status = review.putObject("status");
        ArrayNode resources = status.putArray("resourceRules");
        ArrayNode paths = status.putArray("nonResourceRules");
        // several bindings may give the same
        Set<PolicyRule> rules = new LinkedHashSet<>(rbac.rulesOf(request.user(), namespace));
        if (request.user().in(UserInfo.MASTERS)) {
            List<String> all = List.of("*");
            rules.add(new PolicyRule(all, all, all, List.of(), List.of()));
            rules.add(new PolicyRule(all, List.of(), List.of(), List.of(), all));
        }
        for (PolicyRule rule : rules) {
            if (!rule.resources().isEmpty()) {
                ObjectNode json = resources.addObject();
                rule.verbs().forEach(json.putArray("verbs")::add);
                rule.apiGroups().forEach(json.putArray("apiGroups")::add);
                rule.resources().forEach(json.putArray("resources")::add);
                if (!rule.resourceNames().isEmpty()) {
                    rule.resourceNames().forEach(json.putArray("resourceNames")::add);
                }
            }
            if (!rule.nonResourceUrls().isEmpty()) {
                ObjectNode json = paths.addObject();
                rule.verbs().forEach(json.putArray("verbs")::add);
                rule.nonResourceUrls().forEach(json.putArray("nonResourceURLs")::add);
            }
        }
        status.put("incomplete", false);
        return answer(request, review);
    }
}
