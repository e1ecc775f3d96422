package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The audit log of a whole API server. */
@Timeout(120)
class AuditIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ApiServerUnderTest server;
    private static Path log;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        Path policy = directory.resolve("policy.yaml");
        Files.writeString(policy, """
                apiVersion: audit.k8s.io/v1
                kind: Policy
                omitStages: [RequestReceived]
                omitManagedFields: true
                rules:
                  - level: RequestResponse
                    resources: [{group: "", resources: [configmaps]}]
                  - level: Metadata
                    resources: [{group: "", resources: [secrets, pods]}]
                  - level: None
                    users: [tester]
                    resources: [{group: "", resources: [endpoints]}]
                  - level: Metadata
                    resources: [{group: "", resources: [endpoints]}]
                  - level: None
                """);
        log = directory.resolve("audit.log");
        server = ApiServerUnderTest.start(
                directory,
                "--kybern.apiserver.audit.policy-file=" + policy,
                "--kybern.apiserver.audit.log-path=" + log);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> post(String path, String body) {
        return server.send(server.request(path)
                .header("Content-Type", "application/json")
                .header("User-Agent", "test/1")
                .POST(BodyPublishers.ofString(body)));
    }

    private static List<JsonNode> entries(String verb, String name) {
        try {
            return Files.exists(log)
                    ? Files.readAllLines(log).stream()
                            .map(line -> Json.read(line.getBytes(StandardCharsets.UTF_8)))
                            .filter(entry -> entry.path("verb").asString("").equals(verb)
                                    && entry.path("objectRef")
                                            .path("name")
                                            .asString("")
                                            .equals(name))
                            .toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode entry(String verb, String name) {
        await("an entry of " + verb + " " + name).atMost(PATIENCE).until(() -> !entries(verb, name)
                .isEmpty());
        return entries(verb, name).getFirst();
    }

    @Test
    void aWriteIsToldWithWhatWasSentAndAnswered() {
        HttpResponse<String> answer = post(
                "/api/v1/namespaces/default/configmaps", "{\"metadata\":{\"name\":\"told\"},\"data\":{\"a\":\"b\"}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);

        JsonNode entry = entry("create", "told");

        assertThat(entry.path("stage").asString()).isEqualTo("ResponseComplete");
        assertThat(entry.path("level").asString()).isEqualTo("RequestResponse");
        assertThat(entry.path("auditID").asString())
                .isEqualTo(answer.headers().firstValue("Audit-Id").orElseThrow());
        assertThat(entry.path("user").path("username").asString()).isEqualTo("tester");
        assertThat(entry.path("userAgent").asString()).isEqualTo("test/1");
        assertThat(entry.path("sourceIPs").get(0).asString()).isEqualTo("127.0.0.1");
        assertThat(entry.path("responseStatus").path("code").asInt()).isEqualTo(201);
        assertThat(entry.path("requestObject").path("data").path("a").asString())
                .isEqualTo("b");
        assertThat(entry.path("responseObject").path("metadata").has("uid")).isTrue();
        assertThat(entry.path("responseObject").path("metadata").has("managedFields"))
                .isFalse();
        assertThat(entry.path("annotations")
                        .path("authorization.k8s.io/decision")
                        .asString())
                .isEqualTo("allow");
    }

    @Test
    void aBodyThatIsRefusedIsToldToo() {
        String tooMuch = "{\"data\":{\"a\":\"" + "x".repeat(3 * 1024 * 1024) + "\"}}";
        HttpResponse<String> answer = post("/api/v1/namespaces/refused/configmaps", tooMuch);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);

        JsonNode entry = entry("create", "");

        assertThat(entry.path("objectRef").path("namespace").asString()).isEqualTo("refused");
        assertThat(entry.path("user").path("username").asString()).isEqualTo("tester");
        assertThat(entry.path("responseStatus").path("code").asInt()).isEqualTo(413);
        assertThat(entry.path("responseStatus").path("reason").asString()).isEqualTo("RequestEntityTooLarge");
        assertThat(entry.has("requestObject")).isFalse();
    }

    @Test
    void aSecretsContentIsNotTold() {
        post(
                "/api/v1/namespaces/default/secrets",
                "{\"metadata\":{\"name\":\"quiet\"},\"stringData\":{\"password\":\"rosebud\"}}");

        JsonNode entry = entry("create", "quiet");

        assertThat(entry.path("level").asString()).isEqualTo("Metadata");
        assertThat(Json.string(entry)).doesNotContain("rosebud", "cm9zZWJ1ZA");
    }

    @Test
    void whatIsRefusedIsToldToo() {
        server.send(server.request("/api/v1/namespaces/default/secrets/hidden", "nobody-token")
                .GET());

        JsonNode entry = entry("get", "hidden");

        assertThat(entry.path("responseStatus").path("code").asInt()).isEqualTo(403);
        assertThat(entry.path("responseStatus").path("reason").asString()).isEqualTo("Forbidden");
        assertThat(entry.path("annotations")
                        .path("authorization.k8s.io/decision")
                        .asString())
                .isEqualTo("forbid");
    }

    @Test
    void whatTheLogShallNotTellOfAUserIsNotToldWhenItFailsEither() {
        String missing = "/api/v1/namespaces/default/endpoints/missing";
        assertThat(server.send(server.request(missing).GET()).statusCode()).isEqualTo(404);
        server.send(server.request(missing, "no-such-token").GET());

        assertThat(entry("get", "missing").path("responseStatus").path("code").asInt())
                .as("entries come in the order of the answers")
                .isEqualTo(401);
    }

    @Test
    void whomSomebodyActsAsIsTold() {
        server.send(server.request("/api/v1/namespaces/default/secrets/acted")
                .header("Impersonate-User", "ann")
                .GET());

        JsonNode entry = entry("get", "acted");

        assertThat(entry.path("user").path("username").asString()).isEqualTo("tester");
        assertThat(entry.path("impersonatedUser").path("username").asString()).isEqualTo("ann");
    }

    @Test
    void aPodThatAStandardWouldNotLikeIsMarked() {
        post(
                "/api/v1/namespaces",
                "{\"metadata\":{\"name\":\"watched\",\"labels\":{\"pod-security.kubernetes.io/audit\":\"restricted\"}}}");
        post("/api/v1/namespaces/watched/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}");
        HttpResponse<String> answer = post(
                "/api/v1/namespaces/watched/pods",
                "{\"metadata\":{\"name\":\"loose\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);

        JsonNode annotations = entry("create", "loose").path("annotations");

        assertThat(annotations
                        .path("pod-security.kubernetes.io/audit-violations")
                        .asString())
                .startsWith("would violate PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false");
        assertThat(annotations.path("pod-security.kubernetes.io/enforce-policy").asString())
                .isEqualTo("privileged:latest");
    }

    @Test
    void aWatchIsToldWhenItBeginsAndWhenItEnds() throws IOException {
        try (var stream = server.stream(server.request(
                        "/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1&fieldSelector=metadata.name=looked-at")
                .GET())) {
            stream.readAllBytes();
        }

        await("both entries")
                .atMost(PATIENCE)
                .until(() -> entries("watch", "looked-at").size() == 2);
        assertThat(entries("watch", "looked-at"))
                .extracting(entry -> entry.path("stage").asString())
                .containsExactly("ResponseStarted", "ResponseComplete");
    }
}
