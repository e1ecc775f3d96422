package io.kybern.apiserver.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Decision;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class WebhookIdentityTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

    @TempDir
    private Path directory;

    private final List<JsonNode> asked = new CopyOnWriteArrayList<>();
    private final List<String> credentials = new CopyOnWriteArrayList<>();
    private volatile String status = "{}";
    private volatile int code = 200;
    private HttpServer server;
    private Path file;

    @BeforeEach
    void aWebhook() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        server.createContext("/ask", exchange -> {
            asked.add(Json.read(exchange.getRequestBody().readAllBytes()));
            credentials.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] body = ("{\"status\":" + status + "}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        file = directory.resolve("webhook.yaml");
        Files.writeString(file, """
                apiVersion: v1
                kind: Config
                clusters: [{name: w, cluster: {server: "http://127.0.0.1:%d/ask"}}]
                users: [{name: u, user: {token: secret}}]
                """.formatted(server.getAddress().getPort()));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void aTokenIsWhoseTheWebhookSaysAndAskedForOnce() {
        status =
                "{\"authenticated\":true,\"user\":{\"username\":\"ann\",\"uid\":\"7\",\"groups\":[\"team\"],\"extra\":{\"k\":[\"v\"]}}}";
        WebhookTokens tokens = WebhookTokens.read(file, CLOCK);

        for (int i = 0; i < 2; i++) {
            assertThat(tokens.authenticate("opaque")).hasValueSatisfying(user -> {
                assertThat(user.name()).isEqualTo("ann");
                assertThat(user.groups()).containsExactly("team");
                assertThat(user.extra()).containsEntry("k", List.of("v"));
            });
        }

        assertThat(asked).singleElement().satisfies(review -> {
            assertThat(review.path("kind").asString()).isEqualTo("TokenReview");
            assertThat(review.path("spec").path("token").asString()).isEqualTo("opaque");
        });
        assertThat(credentials).containsExactly("Bearer secret");
    }

    @Test
    void aTokenThatTheWebhookDoesNotKnowIsNobodys() {
        status = "{\"authenticated\":false}";

        assertThat(WebhookTokens.read(file, CLOCK).authenticate("opaque")).isEmpty();
    }

    @Test
    void aWebhookThatFailsKnowsNothingAndIsAskedAgain() {
        code = 500;
        WebhookTokens tokens = WebhookTokens.read(file, CLOCK);

        assertThat(tokens.authenticate("opaque")).isEmpty();
        assertThat(tokens.authenticate("opaque")).isEmpty();

        assertThat(asked).hasSize(2);
    }

    private Decision decided(WebhookAuthorizer authorizer) {
        return authorizer.authorize(AccessAttributes.resource(
                UserInfo.of("ann", List.of("team")), "get", "apps", "deployments", "ns", "web"));
    }

    @Test
    void theWebhookAllowsRefusesOrLeavesIt() {
        WebhookAuthorizer authorizer = WebhookAuthorizer.read(file, CLOCK);
        status = "{\"allowed\":true,\"reason\":\"friends\"}";

        assertThat(decided(authorizer)).isEqualTo(Decision.allow("friends"));
        assertThat(decided(authorizer).allowed()).isTrue();

        assertThat(asked).singleElement().satisfies(review -> {
            JsonNode spec = review.path("spec");
            assertThat(spec.path("user").asString()).isEqualTo("ann");
            assertThat(spec.path("resourceAttributes").path("resource").asString())
                    .isEqualTo("deployments");
        });
        status = "{\"allowed\":false,\"denied\":true,\"reason\":\"no\"}";
        assertThat(decided(WebhookAuthorizer.read(file, CLOCK)).verdict()).isEqualTo(Decision.Verdict.DENY);
        status = "{\"allowed\":false}";
        assertThat(decided(WebhookAuthorizer.read(file, CLOCK)).verdict()).isEqualTo(Decision.Verdict.NO_OPINION);
        code = 503;
        assertThat(decided(WebhookAuthorizer.read(file, CLOCK)).verdict()).isEqualTo(Decision.Verdict.NO_OPINION);
    }

    @Test
    void aFileWithoutAWebhookIsRefused() throws IOException {
        Files.writeString(file, "apiVersion: v1\nkind: Config\n");

        assertThatThrownBy(() -> WebhookTokens.read(file, CLOCK)).hasMessageEndingWith("names no server");
    }
}
