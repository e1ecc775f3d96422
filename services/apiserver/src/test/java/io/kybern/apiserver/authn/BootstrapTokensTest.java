package io.kybern.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class BootstrapTokensTest {

    private static final String TOKEN = "07401b.f395accd246ae52d";

    private final ObjectNode secret = Json.object().put("type", "bootstrap.kubernetes.io/token");
    private final BootstrapTokens tokens = new BootstrapTokens(
            (resource, key) -> key.toString().equals("kube-system/bootstrap-token-07401b")
                    ? Optional.of(secret)
                    : Optional.empty(),
            Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC));

    @BeforeEach
    void aTokenThatLetsIn() {
        secret.putObject("metadata").put("namespace", "kube-system").put("name", "bootstrap-token-07401b");
        data("token-id", "07401b");
        data("token-secret", "f395accd246ae52d");
        data("usage-bootstrap-authentication", "true");
        data("auth-extra-groups", "system:bootstrappers:worker,system:bootstrappers:ingress");
        data("expiration", "2026-01-01T00:00:01Z");
    }

    private void data(String key, String value) {
        ObjectNode data = secret.get("data") instanceof ObjectNode present ? present : secret.putObject("data");
        data.put(key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theHolderIsABootstrapper() {
        assertThat(tokens.authenticate(TOKEN)).hasValueSatisfying(user -> {
            assertThat(user.name()).isEqualTo("system:bootstrap:07401b");
            assertThat(user.groups())
                    .containsExactly(
                            "system:bootstrappers", "system:bootstrappers:worker", "system:bootstrappers:ingress");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"07401b.f395accd246ae52e", "07401c.f395accd246ae52d", "07401b", "07401b.f395", "x"})
    void anotherTokenIsNobody(String token) {
        assertThat(tokens.authenticate(token)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "usage-bootstrap-authentication, false",
        "expiration, 2026-01-01T00:00:00Z",
        "expiration, some day",
        "auth-extra-groups, system:masters",
        "token-id, 07401c"
    })
    void aTokenThatIsNotGoodForItIsNobody(String key, String value) {
        data(key, value);

        assertThat(tokens.authenticate(TOKEN)).isEmpty();
    }

    @Test
    void theEndMayBeInAnotherTimeZone() {
        data("expiration", "2025-12-31T23:00:00-02:00");

        assertThat(tokens.authenticate(TOKEN)).isPresent();
    }

    @Test
    void anotherTypeOfSecretIsNoToken() {
        secret.put("type", "Opaque");

        assertThat(tokens.authenticate(TOKEN)).isEmpty();
    }

    @Test
    void aSecretThatGoesLetsNobodyIn() {
        ((ObjectNode) secret.path("metadata")).put("deletionTimestamp", "2026-01-01T00:00:00Z");

        assertThat(tokens.authenticate(TOKEN)).isEmpty();
    }
}
