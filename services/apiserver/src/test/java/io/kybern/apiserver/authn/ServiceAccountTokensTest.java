package io.kybern.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.authn.ServiceAccountTokens.Grant;
import io.kybern.apiserver.authn.ServiceAccountTokens.Reference;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class ServiceAccountTokensTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String AUDIENCE = "https://kubernetes.default.svc.cluster.local";

    private final Map<String, JsonNode> objects = new HashMap<>();
    private JsonWebTokens keys;

    @BeforeEach
    void makeKeys() throws NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        keys = new JsonWebTokens(pair.getPrivate(), pair.getPublic());
        put("serviceaccounts", "robot", "uid-1");
        put("pods", "p", "uid-2");
    }

    private void put(String resource, String name, String uid) {
        objects.put(
                resource + "/ns/" + name,
                Json.object().set("metadata", Json.object().put("name", name).put("uid", uid)));
    }

    private ServiceAccountTokens at(Instant time) {
        ObjectLookup lookup = (GroupResource resource, ObjectKey key) ->
                Optional.ofNullable(objects.get(resource.resource() + "/" + key));
        return new ServiceAccountTokens(keys, AUDIENCE, List.of(AUDIENCE), lookup, Clock.fixed(time, ZoneOffset.UTC));
    }

    private static Grant grant(List<String> audiences) {
        return lasting(audiences, Duration.ofHours(1));
    }

    private static Grant lasting(List<String> audiences, Duration lifetime) {
        return new Grant(
                "ns", new Reference("robot", "uid-1"), "pod", new Reference("p", "uid-2"), audiences, lifetime);
    }

    @Test
    void provesTheAccountAsLongAsItIsGood() {
        String token = at(NOW).issue(grant(List.of()), new Reference("node-1", "uid-3"))
                .token();

        UserInfo user =
                at(NOW.plusSeconds(60)).verify(token, List.of()).orElseThrow().user();
        assertThat(user.name()).isEqualTo("system:serviceaccount:ns:robot");
        assertThat(user.groups())
                .containsExactly("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated");
        assertThat(user.extra())
                .containsEntry("authentication.kubernetes.io/pod-name", List.of("p"))
                .containsEntry("authentication.kubernetes.io/node-name", List.of("node-1"));
        assertThat(at(NOW.plus(Duration.ofHours(2))).verify(token, List.of())).isEmpty();
    }

    /** As clients need it that read the token of their pod only once. */
    @Test
    void theTokenThatIsMountedIsGoodForLongerThanItSays() {
        Duration mounted = ServiceAccountTokens.MOUNTED_LIFETIME;
        ServiceAccountTokens.Issued issued = at(NOW).issue(lasting(List.of(), mounted), null);
        assertThat(issued.expires()).isEqualTo(NOW.plus(mounted));

        assertThat(at(NOW.plus(Duration.ofDays(364))).verify(issued.token(), List.of()))
                .isPresent();
        assertThat(at(NOW.plus(Duration.ofDays(365))).verify(issued.token(), List.of()))
                .isEmpty();
        String others = at(NOW).issue(lasting(List.of("vault"), mounted), null).token();
        assertThat(at(NOW.plus(mounted)).verify(others, List.of("vault"))).isEmpty();
        String shorter =
                at(NOW).issue(lasting(List.of(), mounted.minusSeconds(1)), null).token();
        assertThat(at(NOW.plus(mounted)).verify(shorter, List.of())).isEmpty();
    }

    @Test
    void aNodeThatIsNotThereIsToldByItsName() {
        String token =
                at(NOW).issue(grant(List.of()), new Reference("gone", "")).token();

        assertThat(at(NOW).verify(token, List.of()).orElseThrow().user().extra())
                .containsEntry("authentication.kubernetes.io/node-name", List.of("gone"))
                .doesNotContainKey("authentication.kubernetes.io/node-uid");
    }

    @Test
    void endsWithThePodAndWithTheAccount() {
        String token = at(NOW).issue(grant(List.of()), null).token();
        put("pods", "p", "another");
        assertThat(at(NOW).verify(token, List.of())).isEmpty();
        put("pods", "p", "uid-2");
        objects.remove("serviceaccounts/ns/robot");
        assertThat(at(NOW).verify(token, List.of())).isEmpty();
    }

    @Test
    void isForItsAudienceOnly() {
        String token = at(NOW).issue(grant(List.of("vault")), null).token();

        assertThat(at(NOW).verify(token, List.of())).isEmpty();
        assertThat(at(NOW).verify(token, List.of("vault", "other"))
                        .orElseThrow()
                        .audiences())
                .containsExactly("vault");
    }

    @Test
    void refusesWhatAnotherKeySignedOrSomebodyChanged() {
        String token = at(NOW).issue(grant(List.of()), null).token();
        String[] parts = token.split("\\.");

        assertThat(at(NOW).verify(parts[0] + "." + parts[1] + "x." + parts[2], List.of()))
                .isEmpty();
        assertThat(at(NOW).verify(parts[0] + "." + parts[1] + ".", List.of())).isEmpty();
        assertThat(at(NOW).verify("nonsense", List.of())).isEmpty();
    }

    @Test
    void aTokenInASecretIsGoodAsLongAsTheSecretHoldsIt() {
        String token = at(NOW).issueForSecret("ns", new Reference("robot", "uid-1"), "kept");

        assertThat(at(NOW).verify(token, List.of())).as("without its Secret").isEmpty();
        put("secrets", "kept", "uid-3");
        ObjectNode secret = (ObjectNode) objects.get("secrets/ns/kept");
        secret.putObject("data")
                .put("token", Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.UTF_8)));
        assertThat(at(NOW).verify(token, List.of()))
                .hasValueSatisfying(
                        found -> assertThat(found.user().name()).isEqualTo("system:serviceaccount:ns:robot"));
        assertThat(at(NOW.plus(Duration.ofDays(4000))).verify(token, List.of())).isPresent();
        assertThat(at(NOW).verify(token, List.of("elsewhere"))).isEmpty();
        put("serviceaccounts", "robot", "uid-9");
        assertThat(at(NOW).verify(token, List.of()))
                .as("of an account that came anew")
                .isEmpty();
    }
}
