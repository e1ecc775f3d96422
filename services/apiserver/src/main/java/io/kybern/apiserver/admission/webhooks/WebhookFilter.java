package io.kybern.apiserver.admission.webhooks;

import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.matching.Match;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import java.util.Optional;

/** Says which webhooks a request goes to. */
final class WebhookFilter {

    private final RequestMatcher matcher;

    WebhookFilter(RequestMatcher matcher) {
        this.matcher = matcher;
    }

    /**
     * In which form the webhook sees the request; empty if it does not see it.
     *
     * @param caller settles what it means if that cannot be said
     */
    Optional<Match> match(Webhook webhook, AdmissionRequest request, WebhookCaller caller) {
        return matcher.match(webhook.criteria(), request);
    }
}
