package io.kybern.apiserver.admission.webhooks;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.Reinvocation;
import io.kybern.apiserver.admission.matching.Match;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.registry.Values;
import io.kybern.apiserver.webhooks.WebhookCallException;
import io.kybern.schema.JsonPatch;
import io.kybern.schema.PatchException;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lets webhooks change an object, one after the other; those that want to look again do so in a second pass if a later one, or a
 * built-in plugin, changed what they saw. See "Reinvocation policy" in "Dynamic Admission Control".
 */
final class MutatingAdmissionWebhook implements AdmissionPlugin {

    private final WebhookConfigurations configurations;
    private final WebhookFilter filter;
    private final WebhookCaller caller;
    private final AdmissionReview reviews;

    MutatingAdmissionWebhook(
            WebhookConfigurations configurations, WebhookFilter filter, WebhookCaller caller, AdmissionReview reviews) {
        this.configurations = configurations;
        this.filter = filter;
        this.caller = caller;
        this.reviews = reviews;
    }

    @Override
    public String name() {
        return "MutatingAdmissionWebhook";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        List<Webhook> webhooks = configurations.current();
        if (webhooks.isEmpty() || RequestMatcher.isExempt(request)) {
            return;
        }
        Reinvocation passes = Reinvocation.of(request, MutatingAdmissionWebhook.class);
        passes.begin(request);
        for (Webhook webhook : webhooks) {
            if (passes.skips(request, webhook.id())) {
                continue;
            }
            Optional<Match> match = filter.match(webhook, request);
            if (match.isEmpty()) {
                continue;
            }
            if (invoke(webhook, request, match.get())) {
                passes.changed(request);
            }
            if (webhook.reinvocable()) {
                passes.looked(webhook.id());
            }
        }
        passes.end(request);
    }

    /** Whether the object is another one afterwards. */
    private boolean invoke(Webhook webhook, AdmissionRequest request, Match match) {
        Optional<Verdict> verdict = caller.ask(webhook, request, match);
        if (verdict.isEmpty()) {
            return false;
        }
        verdict.get().tell(webhook.name(), request);
        if (!verdict.get().allowed()) {
            throw verdict.get().refusal(webhook.name());
        }
        JsonNode patch = verdict.get().patch();
        return !patch.isEmpty() && patch(webhook, request, match, patch);
    }

    private boolean patch(Webhook webhook, AdmissionRequest request, Match match, JsonNode patch) {
        ObjectNode seen = reviews.shown(request.object(), request, match)
                .orElseThrow(() -> ApiException.internal(
                        "admission webhook \"%s\" attempted to modify the object, which is not supported for this operation"
                                .formatted(webhook.name()),
                        null));
        if (!patch.isArray()) {
            caller.unanswered(
                    webhook,
                    request,
                    WebhookCallException.unusable(
                            "received undecodable patch in webhook response: json: cannot unmarshal object into Go"
                                    + " value of type jsonpatch.Patch"));
            return false;
        }
        try {
            ObjectNode before = request.object().orElseThrow().deepCopy();
            if (!(JsonPatch.apply(seen, patch) instanceof ObjectNode changed)) {
                throw ApiException.internal(
                        "the patch of admission webhook \"%s\" leaves no object".formatted(webhook.name()), null);
            }
            request.replaceObject(reviews.taken(changed, request, match));
            return !Values.same(before, request.object().orElseThrow());
        } catch (PatchException e) {
            throw ApiException.internal(String.valueOf(e.getMessage()), e);
        }
    }
}
