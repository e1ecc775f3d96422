package io.kybern.apiserver.admission.policies;

import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.ObjectConverter;
import io.kybern.apiserver.admission.matching.Match;
import io.kybern.apiserver.admission.matching.NamespaceSource;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.admission.matching.RequestVariables;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.cel.AdmissionVariables;
import io.kybern.apiserver.cel.CelValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Says how a request meets a policy and its bindings: which of them, with which parameters, and with what the expressions see. */
final class PolicyMatcher {

    private final RequestMatcher matcher;
    private final ParamSource params;
    private final NamespaceSource namespaces;
    private final ObjectConverter converter;
    private final Authorizer authorizer;

    PolicyMatcher(
            RequestMatcher matcher,
            ParamSource params,
            NamespaceSource namespaces,
            ObjectConverter converter,
            Authorizer authorizer) {
        this.matcher = matcher;
        this.params = params;
        this.namespaces = namespaces;
        this.converter = converter;
        this.authorizer = authorizer;
    }

    /** One use of a policy: a binding with one parameter, or without. */
    record Use(Binding binding, Match match, @Nullable JsonNode param) {

        /** Tells it from other uses of the policy. */
        String id() {
            return binding.name() + (param == null ? "" : "/" + KubeObject.key((ObjectNode) param));
        }
    }

    /** Hears of what cannot be put to use. */
    interface FaultListener {

        /** The binding is null if it is the policy itself. */
        void fault(@Nullable Binding binding, String message);
    }

    List<Use> uses(Policy policy, List<Binding> bindings, AdmissionRequest request, FaultListener faults) {
        List<Use> uses = new ArrayList<>();
        Optional<Match> match;
        try {
            match = matcher.match(policy.criteria(), request);
        } catch (ApiException e) {
            faults.fault(null, "failed to configure policy: " + e.status().message());
            return uses;
        }
        if (match.isEmpty()) {
            return uses;
        }
        for (Binding binding : bindings) {
            try {
                if (matcher.match(binding.criteria(), request).isPresent()) {
                    for (JsonNode param :
                            params.collect(policy.paramKind(), binding.paramRef(), namespaceOf(request))) {
                        uses.add(new Use(binding, match.get(), param));
                    }
                }
            } catch (ApiException e) {
                faults.fault(
                        binding, "failed to configure binding: " + e.status().message());
            } catch (ConfigurationFault e) {
                faults.fault(binding, "failed to configure binding: " + e.getMessage());
            }
        }
        return uses;
    }

    private static String namespaceOf(AdmissionRequest request) {
        return request.target().namespace();
    }

    /** What the expressions see of the request; it must not change meanwhile. */
    Map<String, Object> variables(AdmissionRequest request, Match match) {
        Map<String, Object> variables = RequestVariables.of(request, match, authorizer);
        if (!match.type().gvr().equals(request.target().type().gvr())) {
            shown(request.object(), request, match).ifPresent(each -> variables.put("object", CelValues.of(each)));
            shown(request.oldObject(), request, match)
                    .ifPresent(each -> variables.put("oldObject", CelValues.of(each)));
        }
        String namespace = namespaceOf(request);
        if (!namespace.isEmpty()) {
            variables.put(
                    "namespaceObject",
                    AdmissionVariables.namespaceObject(
                            namespaces.find(namespace).orElse(null)));
        }
        return variables;
    }

    /** A copy of the object in the version that the policy names. */
    Optional<ObjectNode> shown(Optional<ObjectNode> object, AdmissionRequest request, Match match) {
        return object.map(
                each -> converter.convert(each.deepCopy(), request.target().type(), match.type()));
    }

    /** What became of the object, in the version of the request. */
    ObjectNode taken(ObjectNode changed, AdmissionRequest request, Match match) {
        return converter.convert(changed, match.type(), request.target().type());
    }
}
