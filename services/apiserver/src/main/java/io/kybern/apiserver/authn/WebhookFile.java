package io.kybern.apiserver.authn;

import io.kybern.service.access.CertifiedClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A webhook that a file in the form of a kubeconfig names: its first cluster says where it is and whom it is known by, its first user may
 * have a token.
 *
 * @param address where it is asked
 * @param token what it is shown; empty for nothing
 * @param client who asks
 */
public record WebhookFile(URI address, String token, HttpClient client) {

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /**
     * Reads the file.
     *
     * @throws IllegalArgumentException if it names no webhook
     */
    public static WebhookFile read(Path file) {
        try {
            JsonNode config = YAMLMapper.builder().build().readTree(Files.readAllBytes(file));
            JsonNode cluster = config.path("clusters").path(0).path("cluster");
            String server = cluster.path("server").asString("");
            if (server.isEmpty()) {
                throw new IllegalArgumentException(file + " names no server");
            }
            HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(CONNECT);
            String authority = authority(cluster, file);
            if (!authority.isEmpty()) {
                SSLContext tls = SSLContext.getInstance("TLS");
                tls.init(
                        null,
                        new TrustManager[] {CertifiedClients.trustManager(PemFiles.parseCertificates(authority))},
                        null);
                client.sslContext(tls);
            }
            String token =
                    config.path("users").path(0).path("user").path("token").asString("");
            // a line break at its end is usual, and no header may have one
            return new WebhookFile(address(server, file), token.strip(), client.build());
        } catch (IOException e) {
            throw new UncheckedIOException("the webhook's file " + file + " cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the webhook's certificate authority in " + file + " is none", e);
        }
    }

    private static URI address(String server, Path file) {
        URI address = URI.create(server.strip());
        boolean web = "https".equalsIgnoreCase(address.getScheme()) || "http".equalsIgnoreCase(address.getScheme());
        if (!web || address.getHost() == null) {
            throw new IllegalArgumentException(file + " names no server: \"" + server + "\" is no http or https URL");
        }
        return address;
    }

    /** A request that carries some JSON, with the credentials. */
    public HttpRequest post(byte[] json, Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json");
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return request.POST(HttpRequest.BodyPublishers.ofByteArray(json)).build();
    }

    private static String authority(JsonNode cluster, Path file) throws IOException {
        String data = cluster.path("certificate-authority-data").asString("");
        if (!data.isEmpty()) {
            return new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8);
        }
        String path = cluster.path("certificate-authority").asString("");
        return path.isEmpty() ? "" : Files.readString(file.resolveSibling(path));
    }

    /** Names the webhook, never shows the token. */
    @Override
    public String toString() {
        return "WebhookFile[" + address + "]";
    }
}
