package io.kybern.apiserver.identity;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.ClientCertificates;
import io.kybern.apiserver.authn.PemFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Puts a question to a webhook that a file in the form of a kubeconfig names: its first cluster says where it is and whom it is known by,
 * its first user may have a token.
 */
final class RemoteReview {

    private static final Logger log = LoggerFactory.getLogger(RemoteReview.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int OK = 200;
    private static final int CREATED = 201;

    private final URI address;
    private final String token;
    private final HttpClient client;

    RemoteReview(URI address, String token, HttpClient client) {
        this.address = address;
        this.token = token;
        this.client = client;
    }

    /**
     * Reads the file.
     *
     * @throws IllegalArgumentException if it names no webhook
     */
    static RemoteReview read(Path file) {
        try {
            JsonNode config = YAMLMapper.builder().build().readTree(Files.readAllBytes(file));
            JsonNode cluster = config.path("clusters").path(0).path("cluster");
            String server = cluster.path("server").asString("");
            if (server.isEmpty()) {
                throw new IllegalArgumentException(file + " names no server");
            }
            HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(TIMEOUT);
            String authority = authority(cluster, file);
            if (!authority.isEmpty()) {
                SSLContext tls = SSLContext.getInstance("TLS");
                tls.init(
                        null,
                        new TrustManager[] {ClientCertificates.trustManager(PemFiles.parseCertificates(authority))},
                        null);
                client.sslContext(tls);
            }
            String token =
                    config.path("users").path(0).path("user").path("token").asString("");
            return new RemoteReview(URI.create(server), token, client.build());
        } catch (IOException e) {
            throw new UncheckedIOException("the webhook's file " + file + " cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the webhook's certificate authority in " + file + " is none", e);
        }
    }

    private static String authority(JsonNode cluster, Path file) throws IOException {
        String data = cluster.path("certificate-authority-data").asString("");
        if (!data.isEmpty()) {
            return new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8);
        }
        String path = cluster.path("certificate-authority").asString("");
        return path.isEmpty() ? "" : Files.readString(file.resolveSibling(path));
    }

    /** The answer's {@code status}; empty if there is no answer. */
    Optional<JsonNode> ask(ObjectNode review) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(address)
                    .timeout(TIMEOUT)
                    .header("Content-Type", "application/json")
                    .header("Accept", "application/json");
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<byte[]> answer = client.send(
                    request.POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(review)))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != OK && answer.statusCode() != CREATED) {
                throw new IOException("the webhook answered " + answer.statusCode());
            }
            return Optional.of(Json.read(answer.body()).path("status"));
        } catch (IOException | JacksonException e) {
            log.atWarn().addKeyValue("webhook", address).setCause(e).log("A webhook does not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }
}
