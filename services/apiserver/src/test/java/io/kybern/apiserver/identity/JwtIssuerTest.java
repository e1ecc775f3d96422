package io.kybern.apiserver.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.kybern.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class JwtIssuerTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final String ISSUER = "https://login.example.com";
    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

    private final AtomicInteger asked = new AtomicInteger();
    private HttpServer server;
    private KeyPair rsa;
    private KeyPair ec;

    @BeforeEach
    void anIssuer() throws IOException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        rsa = generator.generateKeyPair();
        KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
        curve.initialize(new ECGenParameterSpec("secp256r1"));
        ec = curve.generateKeyPair();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        serve("/discovery", Json.object().put("issuer", ISSUER).put("jwks_uri", address("/keys")));
        serve("/keys", keys());
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String address(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private void serve(String path, ObjectNode body) {
        server.createContext(path, exchange -> {
            asked.incrementAndGet();
            byte[] bytes = Json.bytes(body);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private ObjectNode keys() {
        ObjectNode set = Json.object();
        RSAPublicKey first = (RSAPublicKey) rsa.getPublic();
        ECPublicKey second = (ECPublicKey) ec.getPublic();
        set.putArray("keys")
                .addObject()
                .put("kty", "RSA")
                .put("kid", "one")
                .put("n", URL.encodeToString(first.getModulus().toByteArray()))
                .put("e", URL.encodeToString(first.getPublicExponent().toByteArray()));
        set.withArray("keys")
                .addObject()
                .put("kty", "EC")
                .put("kid", "two")
                .put("crv", "P-256")
                .put("x", URL.encodeToString(second.getW().getAffineX().toByteArray()))
                .put("y", URL.encodeToString(second.getW().getAffineY().toByteArray()));
        return set;
    }

    private JwtIssuer issuer(String rules) {
        return issuer(rules, CLOCK);
    }

    private JwtIssuer issuer(String rules, Clock clock) {
        return new JwtIssuer(
                ISSUER,
                List.of("kybern"),
                new IssuerKeys(ISSUER, URI.create(address("/discovery")), HttpClient.newHttpClient(), clock),
                new ClaimRules(Json.read(rules.getBytes(StandardCharsets.UTF_8))),
                clock);
    }

    private static ObjectNode claims() {
        ObjectNode claims = Json.object()
                .put("iss", ISSUER)
                .put("aud", "kybern")
                .put("exp", NOW.getEpochSecond() + 60)
                .put("sub", "ann")
                .put("dept", "sea");
        claims.putArray("roles").add("admin").add("dev");
        return claims;
    }

    private String token(ObjectNode claims, String algorithm, String id, KeyPair key, String signing) {
        String content = URL.encodeToString(
                        Json.bytes(Json.object().put("alg", algorithm).put("kid", id)))
                + "." + URL.encodeToString(Json.bytes(claims));
        try {
            Signature signature = Signature.getInstance(signing);
            signature.initSign(key.getPrivate());
            signature.update(content.getBytes(StandardCharsets.US_ASCII));
            return content + "." + URL.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private String rs256(ObjectNode claims) {
        return token(claims, "RS256", "one", rsa, "SHA256withRSA");
    }

    private static final String BY_CLAIMS = """
            {"claimMappings": {"username": {"claim": "sub", "prefix": "oidc:"}, "groups": {"claim": "roles", "prefix": "oidc:"}},
             "claimValidationRules": [{"claim": "dept", "requiredValue": "sea"}]}
            """;

    @Test
    void claimsBecomeTheUser() {
        assertThat(issuer(BY_CLAIMS).authenticate(rs256(claims()))).hasValueSatisfying(user -> {
            assertThat(user.name()).isEqualTo("oidc:ann");
            assertThat(user.groups()).containsExactly("oidc:admin", "oidc:dev");
        });
    }

    @Test
    void ellipticCurvesSignToo() {
        assertThat(issuer(BY_CLAIMS).authenticate(token(claims(), "ES256", "two", ec, "SHA256withECDSAinP1363Format")))
                .isPresent();
    }

    @Test
    void expressionsMakeTheUser() {
        JwtIssuer issuer = issuer("""
                {"claimMappings": {"username": {"expression": "claims.sub + '@example.com'"},
                                   "groups": {"expression": "claims.roles.filter(r, r != 'admin')"},
                                   "uid": {"expression": "claims.dept"},
                                   "extra": [{"key": "example.com/dept", "valueExpression": "claims.dept"}]},
                 "claimValidationRules": [{"expression": "claims.dept in ['sea', 'air']", "message": "which?"}],
                 "userValidationRules": [{"expression": "!user.username.startsWith('system:')", "message": "no"}]}
                """);

        assertThat(issuer.authenticate(rs256(claims()))).hasValueSatisfying(user -> {
            assertThat(user.name()).isEqualTo("ann@example.com");
            assertThat(user.groups()).containsExactly("dev");
            assertThat(user.uid()).isEqualTo("sea");
            assertThat(user.extra()).isEqualTo(Map.of("example.com/dept", List.of("sea")));
        });
        assertThat(issuer.authenticate(rs256(claims().put("dept", "land")))).isEmpty();
        assertThat(issuer.authenticate(rs256(claims().put("sub", "system:admin"))))
                .isEmpty();
    }

    @Test
    void aTokenThatIsNotRightIsNobody() {
        JwtIssuer issuer = issuer(BY_CLAIMS);
        String good = rs256(claims());
        String[] parts = good.split("\\.", -1);
        String none = URL.encodeToString(Json.bytes(Json.object().put("alg", "none"))) + "." + parts[1] + ".";

        assertThat(Arrays.asList(
                        none,
                        parts[0] + "." + parts[1] + "." + URL.encodeToString(new byte[256]),
                        "a.b.c",
                        rs256(claims().put("iss", "https://elsewhere.example.com")),
                        rs256(claims().put("aud", "others")),
                        rs256(claims().put("exp", NOW.getEpochSecond())),
                        rs256(claims().put("nbf", NOW.getEpochSecond() + 1)),
                        rs256(claims().put("dept", "land")),
                        token(claims(), "ES256", "one", ec, "SHA256withECDSAinP1363Format")))
                .allSatisfy(token -> assertThat(issuer.authenticate(token)).isEmpty());
        assertThat(issuer.authenticate(good)).isPresent();
    }

    @Test
    void keysWithoutNamesMayBeExchanged() throws GeneralSecurityException {
        AtomicReference<Instant> now = new AtomicReference<>(NOW);
        InstantSource time = now::get;
        JwtIssuer issuer = issuer(BY_CLAIMS, time.withZone(ZoneOffset.UTC));
        assertThat(issuer.authenticate(token(claims(), "RS256", "", rsa, "SHA256withRSA")))
                .isPresent();

        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair old = rsa;
        rsa = generator.generateKeyPair();
        server.removeContext("/keys");
        serve("/keys", keys());
        String fresh = token(claims(), "RS256", "", rsa, "SHA256withRSA");
        assertThat(issuer.authenticate(fresh)).as("not asked so soon again").isEmpty();
        now.set(NOW.plusSeconds(11));

        assertThat(issuer.authenticate(fresh)).isPresent();
        assertThat(issuer.authenticate(token(claims(), "RS256", "", old, "SHA256withRSA")))
                .isEmpty();
    }

    @Test
    void unknownKeysDoNotMakeTheIssuerBeAskedAgainAndAgain() {
        JwtIssuer issuer = issuer(BY_CLAIMS);
        for (int i = 0; i < 20; i++) {
            assertThat(issuer.authenticate(token(claims(), "RS256", "unknown-" + i, rsa, "SHA256withRSA")))
                    .isEmpty();
        }

        assertThat(asked.get()).isEqualTo(2);
    }

    @Test
    void rulesThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> issuer("{}"))
                .hasMessage("claimMappings.username names neither a claim nor an expression");
        assertThatThrownBy(() -> issuer("{\"claimMappings\": {\"username\": {\"expression\": \"nothing.sub\"}}}"))
                .hasMessageStartingWith("the expression \"nothing.sub\" makes no sense");
    }
}
