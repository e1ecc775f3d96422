package io.kybern.apiserver.admission.policies;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.api.status.StatusCause;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.Reinvocation;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.cel.CelValues;
import io.kybern.apiserver.registry.Values;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Lets policies change an object; those that want to look again do so in a second pass if the object changed after them. */
final class MutatingAdmissionPolicy implements AdmissionPlugin {

    private static final int UNPROCESSABLE = 422;

    private final PolicyIndex<MutatingPolicy> policies;
    private final PolicyMatcher matcher;
    private final Function<GroupVersionKind, Optional<Schema>> schemas;

    MutatingAdmissionPolicy(
            PolicyIndex<MutatingPolicy> policies,
            PolicyMatcher matcher,
            Function<GroupVersionKind, Optional<Schema>> schemas) {
        this.policies = policies;
        this.matcher = matcher;
        this.schemas = schemas;
    }

    @Override
    public String name() {
        return "MutatingAdmissionPolicy";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        List<PolicyIndex.Bound<MutatingPolicy>> bound = policies.current();
        if (bound.isEmpty() || RequestMatcher.isExempt(request)) {
            return;
        }
        Reinvocation passes = Reinvocation.of(request, MutatingAdmissionPolicy.class);
        passes.begin(request);
        List<String> refusals = new ArrayList<>();
        for (PolicyIndex.Bound<MutatingPolicy> each : bound) {
            MutatingPolicy policy = each.policy();
            List<PolicyMatcher.Use> uses = matcher.uses(
                    policy.policy(),
                    each.bindings(),
                    request,
                    (binding, message) -> refuse(policy, binding, message, refusals));
            for (PolicyMatcher.Use use : uses) {
                use(policy, use, request, passes, refusals);
            }
        }
        passes.end(request);
        if (!refusals.isEmpty()) {
            throw refusal(request, refusals);
        }
    }

    private static void refuse(
            MutatingPolicy policy, @Nullable Binding binding, String message, List<String> refusals) {
        if (!policy.policy().failsOpen()) {
            String name = policy.policy().name();
            refusals.add(
                    binding == null
                            ? "policy \"%s\" denied request: %s".formatted(name, message)
                            : "policy '%s' with binding '%s' denied request: %s"
                                    .formatted(name, binding.name(), message));
        }
    }

    private void use(
            MutatingPolicy policy,
            PolicyMatcher.Use use,
            AdmissionRequest request,
            Reinvocation passes,
            List<String> refusals) {
        String id = policy.policy().name() + "/" + use.id();
        Map<String, Object> variables = matcher.variables(request, use.match());
        try {
            if (!policy.applies(variables, use.param()) || passes.skips(request, id)) {
                return;
            }
        } catch (ConfigurationFault e) {
            refuse(policy, use.binding(), String.valueOf(e.getMessage()), refusals);
            return;
        }
        Optional<ObjectNode> before = request.object().map(ObjectNode::deepCopy);
        for (MutatingPolicy.Mutation mutation : policy.mutations()) {
            if (before.isPresent()) {
                try {
                    mutate(policy, mutation, use, request, variables);
                } catch (ConfigurationFault e) {
                    refuse(policy, use.binding(), String.valueOf(e.getMessage()), refusals);
                }
            }
        }
        if (before.isPresent() && !Values.same(before.get(), request.object().orElseThrow())) {
            passes.changed(request);
        }
        if (policy.reinvocable()) {
            passes.looked(id);
        }
    }

    private void mutate(
            MutatingPolicy policy,
            MutatingPolicy.Mutation mutation,
            PolicyMatcher.Use use,
            AdmissionRequest request,
            Map<String, Object> variables)
            throws ConfigurationFault {
        ObjectNode seen = matcher.shown(request.object(), request, use.match()).orElseThrow();
        variables.put("object", CelValues.of(seen));
        ObjectNode changed = policy.mutate(
                mutation,
                seen,
                variables,
                use.param(),
                schemas.apply(use.match().kind()).orElse(null));
        request.replaceObject(matcher.taken(changed, request, use.match()));
    }

    private static ApiException refusal(AdmissionRequest request, List<String> refusals) {
        ResourceType type = request.target().type();
        String name =
                request.object().map(KubeObject::name).orElse(request.target().name());
        return ApiException.of(new Status(
                UNPROCESSABLE,
                "Invalid",
                refusals.getFirst(),
                new Status.Details(
                        name,
                        type.gvr().group(),
                        type.gvr().resource(),
                        "",
                        refusals.stream()
                                .map(each -> new StatusCause("", each, ""))
                                .toList(),
                        0)));
    }
}
