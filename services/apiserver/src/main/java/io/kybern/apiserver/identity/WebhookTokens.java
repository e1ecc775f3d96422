package io.kybern.apiserver.identity;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.TokenAuthenticator;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.service.access.Remembered;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Users by tokens that a webhook knows; see "Webhook Token Authentication" in the Kubernetes documentation. */
public final class WebhookTokens implements TokenAuthenticator {

    /** The figure is Kubernetes' own. */
    private static final Duration GOOD = Duration.ofMinutes(2);

    private final RemoteReview webhook;
    private final Remembered<String, Optional<UserInfo>> known;

    WebhookTokens(RemoteReview webhook, Clock clock) {
        this.webhook = webhook;
        this.known = new Remembered<>(clock);
    }

    /** The webhook that the file names. */
    public static WebhookTokens read(Path file, Clock clock) {
        return new WebhookTokens(RemoteReview.read(file), clock);
    }

    @Override
    public Optional<UserInfo> authenticate(String token) {
        String digest = digest(token);
        Optional<Optional<UserInfo>> before = known.get(digest);
        if (before.isPresent()) {
            return before.get();
        }
        ObjectNode review =
                Json.object().put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
        review.putObject("metadata");
        review.putObject("spec").put("token", token);
        Optional<JsonNode> status = webhook.ask(review);
        Optional<UserInfo> user = status.filter(
                        each -> each.path("authenticated").asBoolean(false))
                .map(each -> UserInfo.read(each.path("user"), "username"))
                .filter(each -> !each.name().isEmpty());
        // no answer is not remembered
        if (status.isPresent()) {
            known.put(digest, user, GOOD);
        }
        return user;
    }

    private static String digest(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
