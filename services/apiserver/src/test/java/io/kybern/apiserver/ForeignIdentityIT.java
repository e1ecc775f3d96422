package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.kybern.api.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.util.Base64;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An API server that believes an issuer of tokens, asks a webhook whose other tokens are, and another one what may be done. */
@Timeout(120)
class ForeignIdentityIT {

    private static final String SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    private static final String ISSUER = "https://login.example.com";
    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

    private static HttpServer elsewhere;
    private static KeyPair keys;
    private static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException, GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        keys = generator.generateKeyPair();
        elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        String address = "http://127.0.0.1:" + elsewhere.getAddress().getPort();
        answers("/discovery", asked -> """
                {"issuer":"%s","jwks_uri":"%s/keys"}""".formatted(ISSUER, address));
        answers("/keys", asked -> """
                {"keys":[{"kty":"RSA","kid":"one","n":"%s","e":"AQAB"}]}""".formatted(URL.encodeToString(
                ((RSAPublicKey) keys.getPublic()).getModulus().toByteArray())));
        answers("/tokens", asked -> asked.contains("\"opaque-bob\"") ? """
                {"status":{"authenticated":true,"user":{"username":"bob","uid":"7","groups":["friends"],"extra":{"from":["far"]}}}}
                """ : "{\"status\":{\"authenticated\":false}}");
        answers("/rules", ForeignIdentityIT::rules);
        elsewhere.start();
        server = ApiServerUnderTest.start(
                directory,
                "--kybern.apiserver.authentication-config="
                        + Files.writeString(directory.resolve("jwt.yaml"), """
                        apiVersion: apiserver.config.k8s.io/v1
                        kind: AuthenticationConfiguration
                        jwt:
                          - issuer: { url: "%s", discoveryURL: "%s/discovery", audiences: [kybern] }
                            claimMappings:
                              username: { claim: sub, prefix: "login:" }
                              groups: { claim: groups, prefix: "login:" }
                        """.formatted(ISSUER, address)),
                "--kybern.apiserver.authentication-webhook=" + webhook(directory, address, "tokens"),
                "--kybern.apiserver.authorization-webhook=" + webhook(directory, address, "rules"));
    }

    private static void answers(String path, UnaryOperator<String> answer) {
        elsewhere.createContext(path, exchange -> {
            String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            byte[] body = answer.apply(asked).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private static Path webhook(Path directory, String address, String name) throws IOException {
        return Files.writeString(directory.resolve(name + ".yaml"), """
                apiVersion: v1
                kind: Config
                clusters: [{name: w, cluster: {server: "%s/%s"}}]
                users: [{name: u, user: {token: secret}}]
                """.formatted(address, name));
    }

    /** Everybody may ask who they are, bob reads config maps, and nobody touches a Secret. */
    private static String rules(String asked) {
        JsonNode spec = Json.read(asked).path("spec");
        String resource = spec.at("/resourceAttributes/resource").asString("");
        boolean reads = spec.at("/resourceAttributes/verb").asString("").equals("list");
        if (resource.equals("secrets")) {
            return "{\"status\":{\"allowed\":false,\"denied\":true,\"reason\":\"secrets are secret\"}}";
        }
        boolean bob = spec.path("user").asString("").equals("bob")
                && Json.string(spec.path("groups")).contains("\"friends\"");
        return "{\"status\":{\"allowed\":"
                + (resource.equals("selfsubjectreviews") || bob && reads && resource.equals("configmaps")) + "}}";
    }

    @AfterAll
    static void stop() {
        server.close();
        elsewhere.stop(0);
    }

    private static String token(String claims) throws GeneralSecurityException {
        String signed = URL.encodeToString("{\"alg\":\"RS256\",\"kid\":\"one\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + URL.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + URL.encodeToString(signature.sign());
    }

    private static String ann(long seconds) throws GeneralSecurityException {
        return token("{\"iss\":\"%s\",\"aud\":\"kybern\",\"sub\":\"ann\",\"groups\":[\"team\"],\"exp\":%d}"
                .formatted(ISSUER, Clock.systemUTC().instant().getEpochSecond() + seconds));
    }

    private static HttpResponse<String> who(String token) {
        return server.send(server.request(SELF, token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}")));
    }

    private static JsonNode user(String token) {
        HttpResponse<String> answer = who(token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Json.read(answer.body()).path("status").path("userInfo");
    }

    private static HttpResponse<String> list(String resource, String token) {
        HttpRequest.Builder request = server.request("/api/v1/namespaces/default/" + resource, token);
        return server.send(request.GET());
    }

    @Test
    void aTokenOfTheIssuerLetsIn() throws GeneralSecurityException {
        JsonNode user = user(ann(600));

        assertThat(user.path("username").asString()).isEqualTo("login:ann");
        assertThat(Json.string(user.path("groups"))).isEqualTo("[\"login:team\",\"system:authenticated\"]");
        assertThat(who(ann(-600)).statusCode()).isEqualTo(401);
    }

    @Test
    void aTokenThatTheWebhookKnowsLetsIn() {
        JsonNode user = user("opaque-bob");

        assertThat(user.path("username").asString()).isEqualTo("bob");
        assertThat(user.path("uid").asString()).isEqualTo("7");
        assertThat(Json.string(user.path("groups"))).isEqualTo("[\"friends\",\"system:authenticated\"]");
        assertThat(Json.string(user.path("extra"))).isEqualTo("{\"from\":[\"far\"]}");
        assertThat(who("opaque-eve").statusCode()).isEqualTo(401);
    }

    @Test
    void whatRbacLeavesOpenTheWebhookDecides() throws GeneralSecurityException {
        assertThat(list("configmaps", "opaque-bob").statusCode()).isEqualTo(200);
        HttpResponse<String> open = list("configmaps", ann(600));
        assertThat(open.statusCode()).isEqualTo(403);
        assertThat(open.body())
                .contains("User \\\"login:ann\\\" cannot list resource \\\"configmaps\\\" in API group \\\"\\\"");
        HttpResponse<String> refused = list("secrets", "opaque-bob");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("secrets are secret");
    }
}
