package io.kybern.apiserver.identity;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.WebhookFile;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Puts a question to a webhook. */
final class RemoteReview {

    private static final Logger log = LoggerFactory.getLogger(RemoteReview.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int OK = 200;
    private static final int CREATED = 201;

    private final WebhookFile webhook;

    private RemoteReview(WebhookFile webhook) {
        this.webhook = webhook;
    }

    /**
     * Asks the webhook that a file names.
     *
     * @throws IllegalArgumentException if it names none
     */
    static RemoteReview read(Path file) {
        return new RemoteReview(WebhookFile.read(file));
    }

    /** The answer's {@code status}; empty if there is no answer. */
    Optional<JsonNode> ask(ObjectNode review) {
        try {
            HttpResponse<byte[]> answer = webhook.client()
                    .send(webhook.post(Json.bytes(review), TIMEOUT), HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != OK && answer.statusCode() != CREATED) {
                throw new IOException("the webhook answered " + answer.statusCode());
            }
            return Optional.of(Json.read(answer.body()).path("status"));
        } catch (IOException | JacksonException e) {
            log.atWarn().addKeyValue("webhook", webhook.address()).setCause(e).log("A webhook does not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }
}
