package io.kybern.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebhookFileTest {

    @TempDir
    Path directory;

    private WebhookFile read(String server, String token) throws IOException {
        return WebhookFile.read(Files.writeString(directory.resolve("webhook.yml"), """
                clusters:
                  - cluster: {server: "%s"}
                users:
                  - user: {token: "%s"}
                """.formatted(server, token)));
    }

    @Test
    void aTokenThatEndsInALineBreakIsUsedWithoutIt() throws IOException {
        WebhookFile webhook = read("https://audit.example:443/log", "secret\\n");

        assertThat(webhook.post(new byte[0], Duration.ofSeconds(1)).headers().firstValue("Authorization"))
                .contains("Bearer secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"audit.example:443", "audit.example", "ftp://audit.example", "https:///log", "https:x", "a b"})
    void whatIsNoAddressOfTheWebIsRefused(String server) {
        assertThatThrownBy(() -> read(server, "")).isInstanceOf(IllegalArgumentException.class);
    }
}
