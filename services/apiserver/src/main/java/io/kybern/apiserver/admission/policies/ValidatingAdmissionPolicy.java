package io.kybern.apiserver.admission.policies;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.api.status.StatusCause;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.matching.Match;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.audit.AuditAnnotations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Lets policies refuse a request or warn of it. */
final class ValidatingAdmissionPolicy implements AdmissionPlugin {

    private static final int FORBIDDEN = 403;
    private static final int UNAUTHORIZED = 401;
    private static final int TOO_LARGE = 413;
    private static final int UNPROCESSABLE = 422;

    private final PolicyIndex<ValidatingPolicy> policies;
    private final PolicyMatcher matcher;

    ValidatingAdmissionPolicy(PolicyIndex<ValidatingPolicy> policies, PolicyMatcher matcher) {
        this.policies = policies;
        this.matcher = matcher;
    }

    private record Denial(String policy, @Nullable Binding binding, String reason, String message) {

        String words() {
            return binding == null
                    ? "ValidatingAdmissionPolicy '%s' denied request: %s".formatted(policy, message)
                    : "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s"
                            .formatted(policy, binding.name(), message);
        }
    }

    @Override
    public String name() {
        return "ValidatingAdmissionPolicy";
    }

    @Override
    public void validate(AdmissionRequest request) {
        List<PolicyIndex.Bound<ValidatingPolicy>> bound = policies.current();
        if (bound.isEmpty() || RequestMatcher.isExempt(request)) {
            return;
        }
        List<Denial> denials = new ArrayList<>();
        ArrayNode failures = Json.mapper().createArrayNode();
        Map<Match, Map<String, Object>> variables = new HashMap<>();
        for (PolicyIndex.Bound<ValidatingPolicy> each : bound) {
            ValidatingPolicy policy = each.policy();
            String name = policy.policy().name();
            List<PolicyMatcher.Use> uses =
                    matcher.uses(policy.policy(), each.bindings(), request, (binding, message) -> {
                        if (!policy.policy().failsOpen()) {
                            denials.add(new Denial(name, binding, "Invalid", message));
                        }
                    });
            for (PolicyMatcher.Use use : uses) {
                Map<String, Object> seen =
                        variables.computeIfAbsent(use.match(), match -> matcher.variables(request, match));
                for (ValidatingPolicy.Objection objection : policy.evaluate(seen, use.param())) {
                    act(request, name, use.binding(), objection, denials);
                    if (!objection.always() && use.binding().actions().contains("Audit")) {
                        tell(failures, name, use.binding(), objection);
                    }
                }
            }
        }
        if (!failures.isEmpty()) {
            AuditAnnotations.add("validation.policy.admission.k8s.io/validation_failure", Json.string(failures));
        }
        if (!denials.isEmpty()) {
            throw refusal(request, denials.getFirst());
        }
    }

    private static void tell(ArrayNode failures, String policy, Binding binding, ValidatingPolicy.Objection objection) {
        ObjectNode failure = failures.addObject()
                .put("message", objection.message())
                .put("policy", policy)
                .put("binding", binding.name());
        binding.actions().forEach(failure.putArray("validationActions")::add);
    }

    private static void act(
            AdmissionRequest request,
            String policy,
            Binding binding,
            ValidatingPolicy.Objection objection,
            List<Denial> denials) {
        if (objection.always() || binding.actions().contains("Deny")) {
            denials.add(new Denial(policy, binding, objection.reason(), objection.message()));
        }
        if (!objection.always() && binding.actions().contains("Warn")) {
            request.warn("Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s"
                    .formatted(policy, binding.name(), objection.message()));
        }
    }

    private static ApiException refusal(AdmissionRequest request, Denial denial) {
        ResourceType type = request.target().type();
        String name =
                request.object().map(KubeObject::name).orElse(request.target().name());
        String message = denial.words();
        int code =
                switch (denial.reason()) {
                    case "Forbidden" -> FORBIDDEN;
                    case "Unauthorized" -> UNAUTHORIZED;
                    case "RequestEntityTooLarge" -> TOO_LARGE;
                    default -> UNPROCESSABLE;
                };
        return ApiException.of(new Status(
                code,
                denial.reason(),
                "%s \"%s\" is forbidden: %s".formatted(type.groupResource(), name, message),
                new Status.Details(
                        name,
                        type.gvr().group(),
                        type.gvr().resource(),
                        "",
                        List.of(new StatusCause("", message, "")),
                        0)));
    }
}
