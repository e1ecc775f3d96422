package io.kybern.apiserver.admission.matching;

import io.kybern.api.Subresource;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.cel.AdmissionVariables;
import io.kybern.apiserver.cel.RequestFacts;
import java.util.Map;
import java.util.Optional;

/** What expressions see of a request that was matched. */
public final class RequestVariables {

    private RequestVariables() {}

    /** All variables but those of policies. The request must not change while the values are in use. */
    public static Map<String, Object> of(AdmissionRequest request, Match match, Authorizer authorizer) {
        AdmissionRequest.Target target = request.target();
        RequestFacts facts = new RequestFacts(
                match.kind(),
                match.type().gvr(),
                Optional.ofNullable(target.type().subresources().get(target.subresource()))
                        .map(Subresource::kind)
                        .orElse(target.type().gvk()),
                target.type().gvr(),
                target.subresource(),
                target.requestNamespace(),
                target.name(),
                request.operation().name(),
                request.user(),
                request.dryRun(),
                request.options().orElse(null));
        return AdmissionVariables.of(
                facts, request.object().orElse(null), request.oldObject().orElse(null), authorizer);
    }
}
