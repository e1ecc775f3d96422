package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that encrypts all resources, on a real Redis of its own. */
@Timeout(180)
class EncryptEverythingIT {

    private static final String VALUE = "Z2VoZWlt";

    @Test
    void everythingCanBeEncrypted(@TempDir Path directory) throws IOException {
        String key = Base64.getEncoder().encodeToString("a".repeat(32).getBytes(StandardCharsets.UTF_8));
        Path file = Files.writeString(directory.resolve("encryption.yml"), """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                  - resources: ['*.*']
                    providers:
                      - aesgcm: {keys: [{name: a, secret: %s}]}
                """.formatted(key));
        try (ApiServerUnderTest server =
                ApiServerUnderTest.start(directory, "--kybern.apiserver.storage.encryption-config=" + file)) {
            post(server, "/api/v1/namespaces", "{\"metadata\":{\"name\":\"all\"}}");
            String maps = "/api/v1/namespaces/all/configmaps";
            post(server, maps, "{\"metadata\":{\"name\":\"hidden\"},\"data\":{\"word\":\"" + VALUE + "\"}}");

            assertThat(server.inRedis("{kybern}:objects:core/configmaps", "all/hidden"))
                    .contains(" k8s:enc:aesgcm:v1:a:")
                    .doesNotContain(VALUE);
            HttpResponse<String> read =
                    server.send(server.request(maps + "/hidden").GET());
            assertThat(read.statusCode()).isEqualTo(200);
            assertThat(read.body()).contains(VALUE);
        }
    }

    private static void post(ApiServerUnderTest server, String path, String body) {
        HttpResponse<String> answer = server.send(
                server.request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }
}
