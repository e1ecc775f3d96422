package io.kybern.apiserver.registry.certificates;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class SigningRequestStrategyTest {

    private static final String PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private static final UserInfo JANE = new UserInfo("jane", "u1", List.of("dev"), Map.of("k", List.of("v")));

    private static WritesUnderTest writes;

    @BeforeAll
    static void start() {
        writes = new WritesUnderTest();
    }

    @AfterAll
    static void stop() {
        writes.close();
    }

    private static String sample(String name) {
        try (InputStream in = SigningRequestStrategyTest.class.getResourceAsStream(name)) {
            return Base64.getEncoder()
                    .encodeToString(Objects.requireNonNull(in, name).readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode request(String name) {
        ObjectNode request =
                Json.object().put("apiVersion", "certificates.k8s.io/v1").put("kind", "CertificateSigningRequest");
        request.putObject("metadata").put("name", name);
        request.putObject("spec")
                .put("request", sample("request.pem"))
                .put("signerName", "example.com/signer")
                .put("username", "somebody else")
                .putArray("usages")
                .add("client auth");
        return request;
    }

    private static void create(String name) {
        made(writes.create(JANE, PATH, Json.string(request(name))));
    }

    private static String condition(String type, String status) {
        return "{\"status\": {\"conditions\": [{\"type\": \"%s\", \"status\": \"%s\", \"reason\": \"r\"}]}}"
                .formatted(type, status);
    }

    @Test
    void notesWhoAsksAndLetsNobodyApproveAtOnce() {
        ObjectNode request = request("asks");
        request.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", "Approved")
                .put("status", "True");
        JsonNode made = made(writes.create(JANE, PATH, Json.string(request))).body();
        JsonNode spec = made.path("spec");
        assertThat(spec.path("username").asString()).isEqualTo("jane");
        assertThat(spec.path("uid").asString()).isEqualTo("u1");
        assertThat(spec.path("groups").toString()).isEqualTo("[\"dev\"]");
        assertThat(spec.path("extra").toString()).isEqualTo("{\"k\":[\"v\"]}");
        assertThat(made.path("status").toString()).isEqualTo("{}");
        assertThat(made.path("metadata").has("generation")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"signerName": "signer"} | spec.signerName: Invalid value: "signer": must be a fully qualified domain and path of the form 'example.com/signer-name'
            {"signerName": "a/b"} | spec.signerName: Invalid value: "a": should be a domain with at least two segments separated by dots
            {"signerName": "kubernetes.io/legacy-unknown"} | spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version
            {"usages": []} | spec.usages: Required value
            {"usages": ["signing", "signing"]} | spec.usages[1]: Duplicate value: "signing"
            {"usages": ["fun"]} | spec.usages[0]: Unsupported value: "fun": supported values: "any", "cert sign"
            {"expirationSeconds": 599} | spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)
            {"request": "AAAA"} | spec.request: Invalid value: "AAAA": PEM block type must be CERTIFICATE REQUEST
            """)
    void refusesWhatNoSignerCouldSign(String spec, String message) {
        ObjectNode request = request("refused");
        ((ObjectNode) request.get("spec")).setAll((ObjectNode) Json.read(spec));
        Reply reply = writes.create(PATH, Json.string(request));
        assertThat(reply.code()).isEqualTo(422);
        assertThat(reply.message()).contains(message);
    }

    @Test
    void theWantedStateAndTheStatusAreNotForUpdaters() {
        create("fixed");
        JsonNode updated = made(writes.merge(PATH + "/fixed", """
                        {"metadata": {"labels": {"a": "b"}}, "spec": {"signerName": "other.com/x"},
                         "status": {"certificate": "AAAA"}}""")).body();
        assertThat(updated.path("metadata").path("labels").path("a").asString()).isEqualTo("b");
        assertThat(updated.path("spec").path("signerName").asString()).isEqualTo("example.com/signer");
        assertThat(updated.path("status").toString()).isEqualTo("{}");
    }

    @Test
    void approversWriteConditionsAndSignersTheCertificate() {
        create("flow");
        assertThat(writes.merge(PATH + "/flow/status", condition("Approved", "True"))
                        .message())
                .contains("status.conditions: Forbidden: updates may not add a condition of type \"Approved\"");
        JsonNode approved = made(writes.merge(PATH + "/flow/approval", condition("Approved", "True")))
                .body()
                .path("status")
                .path("conditions")
                .path(0);
        assertThat(approved.path("lastUpdateTime").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(approved.path("lastTransitionTime").asString()).isEqualTo("2026-01-01T00:00:00Z");

        String issued = "{\"status\": {\"certificate\": \"%s\"}}".formatted(sample("certificate.pem"));
        assertThat(made(writes.merge(PATH + "/flow/approval", issued))
                        .body()
                        .path("status")
                        .has("certificate"))
                .isFalse();
        JsonNode signed =
                made(writes.merge(PATH + "/flow/status", issued)).body().path("status");
        assertThat(signed.path("certificate").asString()).isEqualTo(sample("certificate.pem"));
        assertThat(signed.path("conditions").path(0).path("type").asString()).isEqualTo("Approved");
        assertThat(writes.merge(PATH + "/flow/status", "{\"status\": {\"certificate\": null}}")
                        .message())
                .contains("status.certificate: Forbidden: updates may not modify existing certificate content");
    }

    @Test
    void conditionsAreFinalAndExclusive() {
        create("final");
        assertThat(writes.merge(PATH + "/final/approval", condition("Approved", "False"))
                        .message())
                .contains("status.conditions[0].status: Unsupported value: \"False\": supported values: \"True\"");
        made(writes.merge(PATH + "/final/approval", condition("Denied", "True")));
        assertThat(writes.merge(PATH + "/final/approval", "{\"status\": {\"conditions\": []}}")
                        .message())
                .contains("status.conditions: Forbidden: updates may not remove a condition of type \"Denied\"");
        Reply both = writes.merge(PATH + "/final/approval", """
                {"status": {"conditions": [{"type": "Denied", "status": "True"}, {"type": "Approved", "status": "True"}]}}""");
        assertThat(both.message())
                .contains(
                        "status.conditions[1].type: Invalid value: \"Approved\": Approved and Denied conditions are mutually"
                                + " exclusive");
        JsonNode kept = made(writes.merge(PATH + "/final/status", condition("Denied", "False")))
                .body();
        assertThat(kept.path("status").path("conditions").path(0).path("status").asString())
                .isEqualTo("True");
    }

    @ParameterizedTest
    @CsvSource({
        "AAAA, must contain at least one CERTIFICATE PEM block",
        "request.pem, only CERTIFICATE PEM blocks are allowed",
    })
    void refusesWhatIsNoCertificate(String certificate, String message) {
        create("bad-" + certificate.length());
        String value = certificate.endsWith(".pem") ? sample(certificate) : certificate;
        Reply reply = writes.merge(
                PATH + "/bad-" + certificate.length() + "/status",
                "{\"status\": {\"certificate\": \"%s\"}}".formatted(value));
        assertThat(reply.message()).contains("status.certificate: Invalid value: \"<certificate data>\": " + message);
    }

    @Test
    void isFoundByItsSigner() {
        create("found");
        assertThat(writes.get(PATH + "?fieldSelector=spec.signerName%3Dexample.com%2Fother")
                        .body()
                        .path("items"))
                .isEmpty();
        assertThat(writes.get(PATH + "?fieldSelector=spec.signerName%3Dexample.com%2Fsigner")
                        .body()
                        .path("items"))
                .isNotEmpty();
    }
}
