package io.kybern.apiserver.admission.matching;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Subresource;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** Says whether a request is one of those that a webhook or a policy wants to see, and in which version. */
public final class RequestMatcher {

    private static final GroupResource NAMESPACES = new GroupResource("", "namespaces");
    private static final Set<String> EXEMPT = Set.of(
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings");

    private final ResourceRegistry types;
    private final NamespaceSource namespaces;

    /** A matcher that finds other versions of a resource in the registry. */
    public RequestMatcher(ResourceRegistry types, NamespaceSource namespaces) {
        this.types = types;
        this.namespaces = namespaces;
    }

    /** Whether no webhook and no policy sees the request, because it may be what repairs a broken one. */
    public static boolean isExempt(AdmissionRequest request) {
        GroupResource resource = request.target().type().groupResource();
        return resource.group().equals("admissionregistration.k8s.io") && EXEMPT.contains(resource.resource());
    }

    /**
     * In which form the request meets the criteria; empty if it does not.
     *
     * @throws ApiException 404 if the request is in a namespace that has to be looked at and is not there
     */
    public Optional<Match> match(MatchCriteria criteria, AdmissionRequest request) {
        if (!selectsObject(criteria.objectSelector(), request) || excluded(criteria, request)) {
            return Optional.empty();
        }
        Optional<Match> match = criteria.rules().isEmpty() && criteria.withoutRules()
                ? Optional.of(form(request.target().type(), request))
                : find(criteria.rules(), criteria.equivalent(), request);
        // last, because only a request that the rules mean may fail for want of its namespace
        return match.filter(any -> selectsNamespace(criteria.namespaceSelector(), request));
    }

    private boolean excluded(MatchCriteria criteria, AdmissionRequest request) {
        return find(criteria.exclusions(), criteria.equivalent(), request).isPresent();
    }

    private Optional<Match> find(List<ResourceRule> rules, boolean equivalent, AdmissionRequest request) {
        ResourceType asked = request.target().type();
        if (rules.stream().anyMatch(rule -> rule.matches(asked, request))) {
            return Optional.of(form(asked, request));
        }
        if (!equivalent || rules.isEmpty()) {
            return Optional.empty();
        }
        List<ResourceType> others = types.all().stream()
                .filter(type -> type.storage().equals(asked.storage())
                        && !type.gvr().equals(asked.gvr())
                        && type.stored() == asked.stored())
                .filter(type -> request.target().subresource().isEmpty()
                        || type.has(request.target().subresource()))
                .toList();
        for (ResourceRule rule : rules) {
            for (ResourceType other : others) {
                if (rule.matches(other, request)) {
                    return Optional.of(form(other, request));
                }
            }
        }
        return Optional.empty();
    }

    private static Match form(ResourceType type, AdmissionRequest request) {
        GroupVersionKind kind = Optional.ofNullable(
                        type.subresources().get(request.target().subresource()))
                .map(Subresource::kind)
                .orElse(type.gvk());
        return new Match(type, kind);
    }

    private static boolean selectsObject(LabelSelector selector, AdmissionRequest request) {
        return selector.isEverything() || selects(selector, request.object()) || selects(selector, request.oldObject());
    }

    private static boolean selects(LabelSelector selector, Optional<ObjectNode> object) {
        return object.filter(each -> each.path("metadata").isObject() && selector.matches(KubeObject.labels(each)))
                .isPresent();
    }

    private boolean selectsNamespace(LabelSelector selector, AdmissionRequest request) {
        return selector.isEverything()
                || request.target().requestNamespace().isEmpty()
                || selector.matches(namespaceLabels(request));
    }

    /** A namespace that is written is judged by what it will be; else the one that is there counts. */
    private Map<String, String> namespaceLabels(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        boolean written =
                request.operation() == AdmissionOperation.CREATE || request.operation() == AdmissionOperation.UPDATE;
        if (target.is("", "namespaces") && written && request.object().isPresent()) {
            return KubeObject.labels(request.object().get());
        }
        String name = target.requestNamespace();
        return namespaces.find(name).map(KubeObject::labels).orElseThrow(() -> ApiException.notFound(NAMESPACES, name));
    }
}
