package io.kybern.apiserver.admission.webhooks;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.matching.Match;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.admission.matching.RequestVariables;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.cel.MatchConditions;
import java.util.Optional;

/** Says which webhooks a request goes to. */
final class WebhookFilter {

    private final RequestMatcher matcher;
    private final Authorizer authorizer;

    WebhookFilter(RequestMatcher matcher, Authorizer authorizer) {
        this.matcher = matcher;
        this.authorizer = authorizer;
    }

    /**
     * In which form the webhook sees the request; empty if it does not see it.
     *
     * @throws ApiException 403 if a match condition fails and that is not to be ignored
     */
    Optional<Match> match(Webhook webhook, AdmissionRequest request) {
        Optional<Match> match = matcher.match(webhook.criteria(), request);
        if (match.isEmpty() || webhook.conditions().isEmpty()) {
            return match;
        }
        MatchConditions.Outcome outcome =
                webhook.conditions().evaluate(RequestVariables.of(request, match.get(), authorizer));
        return switch (outcome.verdict()) {
            case MATCH -> match;
            case NO_MATCH -> Optional.empty();
            case ERROR ->
                throw ApiException.forbidden(
                        request.target().type().groupResource(),
                        request.target().name(),
                        outcome.detail());
        };
    }
}
