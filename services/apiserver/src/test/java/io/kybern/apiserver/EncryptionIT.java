package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kybern.api.Json;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is encrypted at rest by an {@code EncryptionConfiguration} that changes while the server runs, on a real Redis. */
@Timeout(180)
class EncryptionIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SECRETS = "/api/v1/namespaces/enc/secrets";
    private static final String MAPS = "/api/v1/namespaces/enc/configmaps";
    private static final String VALUE = "Z2VoZWlt";

    private static ApiServerUnderTest server;
    private static Path file;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        file = directory.resolve("encryption.yml");
        Files.writeString(file, configuration(key("a")));
        server = ApiServerUnderTest.start(
                directory,
                "--kybern.apiserver.storage.encryption-config=" + file,
                "--kybern.apiserver.storage.encryption-reload=100ms");
        assertThat(post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"enc\"}}")
                        .statusCode())
                .isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void onlyTheFirstKey() throws IOException {
        encryptWith(key("a"));
    }

    private static String key(String name) {
        String secret = Base64.getEncoder().encodeToString(name.repeat(32).getBytes(StandardCharsets.UTF_8));
        return "      - aesgcm: {keys: [{name: " + name + ", secret: " + secret + "}]}\n";
    }

    private static String configuration(String providers) {
        return """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                  - resources: [secrets]
                    providers:
                %s""".formatted(providers);
    }

    /** Changes the file, and waits until the server has looked at it. */
    private static void configure(String providers, String status) throws IOException {
        String text = configuration(providers);
        if (Files.readString(file).equals(text)) {
            return;
        }
        double before = reloads(status);
        Path next = file.resolveSibling("encryption.next");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        await("the file to be seen").atMost(PATIENCE).until(() -> reloads(status) > before);
    }

    /** How often the server has looked at a changed file, with that outcome. */
    private static double reloads(String status) {
        Matcher counter = Pattern.compile(
                        "(?m)^apiserver_encryption_config_controller_automatic_reloads_total\\{[^}]*status=\"" + status
                                + "\"[^}]*} (\\S+)")
                .matcher(server.send(server.request("/metrics").GET()).body());
        assertThat(counter.find()).as("the counter is there").isTrue();
        return Double.parseDouble(counter.group(1));
    }

    /** Changes the file, and waits until the server goes by it. */
    private static void encryptWith(String providers) throws IOException {
        configure(providers, "success");
    }

    private static HttpResponse<String> post(String path, String body) {
        return server.send(
                server.request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    private static JsonNode create(String path, String name) {
        HttpResponse<String> answer =
                post(path, "{\"metadata\":{\"name\":\"" + name + "\"},\"data\":{\"word\":\"" + VALUE + "\"}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return Json.read(answer.body());
    }

    private static HttpResponse<String> get(String path) {
        return server.send(server.request(path).GET());
    }

    private static HttpResponse<String> replace(String path, JsonNode object) {
        return server.send(server.request(path)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(Json.string(object))));
    }

    private static String raw(String resource, String name) {
        return server.inRedis("{kybern}:objects:core/" + resource, "enc/" + name);
    }

    @Test
    void whatRedisHoldsDoesNotShowASecret() {
        create(SECRETS, "hidden");
        create(MAPS, "open");

        assertThat(raw("secrets", "hidden"))
                .contains(" k8s:enc:aesgcm:v1:a:")
                .doesNotContain(VALUE)
                .doesNotContain("word");
        assertThat(raw("configmaps", "open")).contains(VALUE);
        assertThat(Json.read(get(SECRETS + "/hidden").body())
                        .path("data")
                        .path("word")
                        .asString())
                .isEqualTo(VALUE);
    }

    @Test
    void aWriteThatChangesNothingMovesToTheNewKey(@TempDir Path directory) throws IOException {
        create(SECRETS, "rotated");
        encryptWith(key("b") + key("a"));

        JsonNode read = Json.read(get(SECRETS + "/rotated").body());
        assertThat(read.path("data").path("word").asString()).isEqualTo(VALUE);
        assertThat(raw("secrets", "rotated")).contains(":v1:a:");

        HttpResponse<String> moved = replace(SECRETS + "/rotated", read);
        assertThat(moved.statusCode()).as(moved.body()).isEqualTo(200);
        assertThat(raw("secrets", "rotated")).contains(":v1:b:");
        String version =
                Json.read(moved.body()).path("metadata").path("resourceVersion").asString();
        assertThat(version)
                .isNotEqualTo(read.path("metadata").path("resourceVersion").asString());

        HttpResponse<String> again = replace(SECRETS + "/rotated", Json.read(moved.body()));
        assertThat(Json.read(again.body())
                        .path("metadata")
                        .path("resourceVersion")
                        .asString())
                .as("now it is where it belongs")
                .isEqualTo(version);

        encryptWith(key("b"));
        try (ApiServerUnderTest fresh =
                server.another(directory, "--kybern.apiserver.storage.encryption-config=" + file)) {
            assertThat(fresh.send(fresh.request(SECRETS + "/rotated").GET()).statusCode())
                    .as("it is read anew")
                    .isEqualTo(200);
        }
    }

    @Test
    void whatNoKeyOpensIsAnErrorUntilItsKeyIsBack(@TempDir Path directory) throws IOException {
        create(SECRETS, "lost");
        encryptWith(key("c"));
        String expected = "is encrypted with the aesgcm key \\\"a\\\", which is not among the encryption keys";
        try (ApiServerUnderTest fresh = server.another(
                directory,
                "--kybern.apiserver.storage.encryption-config=" + file,
                "--kybern.apiserver.storage.encryption-reload=100ms")) {
            for (String path : List.of("/lost", "")) {
                HttpResponse<String> answer =
                        fresh.send(fresh.request(SECRETS + path).GET());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(500);
                assertThat(answer.body()).contains("InternalError", "secrets \\\"enc/", expected);
            }
            HttpResponse<String> replaced = fresh.send(fresh.request(SECRETS + "/lost")
                    .header("Content-Type", "application/json")
                    .PUT(BodyPublishers.ofString("{\"metadata\":{\"name\":\"lost\"}}")));
            assertThat(replaced.statusCode()).isEqualTo(500);
            assertThat(replaced.body()).contains(expected);
            assertThat(fresh.send(fresh.request("/api/v1/namespaces/default/secrets")
                                    .GET())
                            .statusCode())
                    .as("a list that it does not belong to")
                    .isEqualTo(200);

            encryptWith(key("c") + key("a"));

            await("the secret to be there again")
                    .atMost(PATIENCE)
                    .until(() ->
                            fresh.send(fresh.request(SECRETS + "/lost").GET()).statusCode() == 200);
            assertThat(fresh.send(fresh.request(SECRETS).GET()).body()).contains("\"lost\"");
        }
    }

    @Test
    void aConfigurationThatCannotBeUsedChangesNothing() throws IOException {
        configure("      - secretbox: {keys: [{name: x, secret: AAAA}]}\n", "failure");

        create(SECRETS, "kept");

        assertThat(raw("secrets", "kept")).contains(":v1:a:");
    }
}
