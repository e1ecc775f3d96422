package io.kybern.apiserver.admission.webhooks;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.matching.Match;
import io.kybern.apiserver.webhooks.WebhookCallException;
import io.kybern.apiserver.webhooks.WebhookClient;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Asks one webhook about one request, and settles what its silence means. */
final class WebhookCaller {

    private static final Logger LOG = LoggerFactory.getLogger(WebhookCaller.class);
    private static final int OK = 200;

    private final WebhookClient client;
    private final AdmissionReview reviews;
    private final WebhookMetrics metrics;
    private final boolean mutating;

    /** Asks webhooks that may change the object, or others. */
    WebhookCaller(WebhookClient client, AdmissionReview reviews, WebhookMetrics metrics, boolean mutating) {
        this.client = client;
        this.reviews = reviews;
        this.metrics = metrics;
        this.mutating = mutating;
    }

    /**
     * Asks; for a virtual thread.
     *
     * @return the answer; nothing if there is none and the request goes on without it
     * @throws ApiException if the webhook refuses, or cannot be asked though it has to be
     */
    Optional<Verdict> ask(Webhook webhook, AdmissionRequest request, Match match) {
        if (request.dryRun() && !webhook.takesDryRun()) {
            throw ApiException.badRequest(
                    "admission webhook \"%s\" does not support dry run".formatted(webhook.name()));
        }
        long start = System.nanoTime();
        try {
            Verdict verdict = call(webhook, request, match);
            int code = verdict.allowed()
                    ? OK
                    : verdict.refusal(webhook.name()).status().code();
            metrics.called(webhook.name(), request.operation(), !verdict.allowed(), code, System.nanoTime() - start);
            if (!verdict.allowed()) {
                metrics.rejected(webhook.name(), request.operation(), "no_error", code);
            }
            return Optional.of(verdict);
        } catch (WebhookCallException e) {
            metrics.called(
                    webhook.name(), request.operation(), !webhook.failsOpen(), e.code(), System.nanoTime() - start);
            return unanswered(webhook, request, e);
        }
    }

    /**
     * What it means that a webhook could not be asked.
     *
     * @return nothing if the request goes on
     * @throws ApiException if it does not
     */
    Optional<Verdict> unanswered(Webhook webhook, AdmissionRequest request, WebhookCallException error) {
        String message = "failed calling webhook \"%s\": %s".formatted(webhook.name(), error.getMessage());
        if (!webhook.failsOpen()) {
            metrics.rejected(webhook.name(), request.operation(), "calling_webhook_error", error.code());
            throw ApiException.internal(message, error);
        }
        metrics.failedOpen(webhook.name());
        LOG.atWarn()
                .addKeyValue("webhook", webhook.id())
                .addKeyValue("error", String.valueOf(error.getMessage()))
                .log("A webhook could not be called; the request goes on without it");
        return Optional.empty();
    }

    private Verdict call(Webhook webhook, AdmissionRequest request, Match match) throws WebhookCallException {
        String version = webhook.reviewVersions().stream()
                .filter(each -> each.equals("v1") || each.equals("v1beta1"))
                .findFirst()
                .orElseThrow(
                        () -> WebhookCallException.unusable(
                                "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)"));
        String uid = UUID.randomUUID().toString();
        JsonNode review = reviews.of(request, match, version, uid);
        JsonNode answer = client.post(webhook.target(), webhook.timeout(), review);
        return Verdict.read(answer, version, uid, mutating);
    }
}
