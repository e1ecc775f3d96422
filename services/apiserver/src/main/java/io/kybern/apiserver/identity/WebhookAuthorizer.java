package io.kybern.apiserver.identity;

import io.kybern.api.Json;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Authorizer;
import io.kybern.apiserver.authz.Decision;
import io.kybern.service.access.Remembered;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Asks a webhook what the other authorizers do not know; see "Webhook Mode" in the Kubernetes documentation. */
public final class WebhookAuthorizer implements Authorizer {

    /** The figure is Kubernetes' own. */
    private static final Duration GOOD_IF_ALLOWED = Duration.ofMinutes(5);
    /** The figure is Kubernetes' own. */
    private static final Duration GOOD_IF_NOT = Duration.ofSeconds(30);

    private final RemoteReview webhook;
    private final Remembered<AccessAttributes, Decision> known;

    WebhookAuthorizer(RemoteReview webhook, Clock clock) {
        this.webhook = webhook;
        this.known = new Remembered<>(clock);
    }

    /** The webhook that the file names. */
    public static WebhookAuthorizer read(Path file, Clock clock) {
        return new WebhookAuthorizer(RemoteReview.read(file), clock);
    }

    @Override
    public Decision authorize(AccessAttributes attributes) {
        Optional<Decision> before = known.get(attributes);
        if (before.isPresent()) {
            return before.get();
        }
        Optional<JsonNode> status = webhook.ask(review(attributes));
        if (status.isEmpty()) {
            return Decision.noOpinion();
        }
        Decision decision = decision(status.get());
        known.put(attributes, decision, decision.allowed() ? GOOD_IF_ALLOWED : GOOD_IF_NOT);
        return decision;
    }

    private static Decision decision(JsonNode status) {
        String reason = status.path("reason").asString("");
        if (status.path("allowed").asBoolean(false)) {
            return Decision.allow(reason);
        }
        return status.path("denied").asBoolean(false)
                ? new Decision(Decision.Verdict.DENY, reason)
                : Decision.noOpinion(reason);
    }

    private static ObjectNode review(AccessAttributes attributes) {
        ObjectNode review =
                Json.object().put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
        review.putObject("metadata");
        ObjectNode spec = review.putObject("spec");
        spec.put("user", attributes.user().name());
        spec.put("uid", attributes.user().uid());
        attributes.user().groups().forEach(spec.putArray("groups")::add);
        ObjectNode extra = spec.putObject("extra");
        attributes.user().extra().forEach((key, values) -> values.forEach(extra.putArray(key)::add));
        if (attributes.resourceRequest()) {
            spec.putObject("resourceAttributes")
                    .put("namespace", attributes.namespace())
                    .put("verb", attributes.verb())
                    .put("group", attributes.group())
                    .put("version", attributes.version())
                    .put("resource", attributes.resource())
                    .put("subresource", attributes.subresource())
                    .put("name", attributes.name());
        } else {
            spec.putObject("nonResourceAttributes")
                    .put("path", attributes.path())
                    .put("verb", attributes.verb());
        }
        return review;
    }
}
