package io.kybern.apiserver.identity;

import io.kybern.apiserver.authn.PemFiles;
import io.kybern.apiserver.authn.TokenAuthenticator;
import io.kybern.service.access.CertifiedClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads an {@code AuthenticationConfiguration}: the issuers whose tokens are believed. */
public final class AuthenticationFile {

    private static final String GROUP = "apiserver.config.k8s.io/";
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private AuthenticationFile() {}

    /**
     * The issuers of a file, in its order.
     *
     * @throws IllegalArgumentException if it is no such file
     */
    public static List<TokenAuthenticator> read(Path file, Clock clock) {
        JsonNode configuration;
        try {
            configuration = YAMLMapper.builder().build().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException("the authentication configuration " + file + " cannot be read", e);
        }
        if (!configuration.path("apiVersion").asString("").startsWith(GROUP)
                || !configuration.path("kind").asString("").equals("AuthenticationConfiguration")) {
            throw new IllegalArgumentException(file + " is no AuthenticationConfiguration");
        }
        List<TokenAuthenticator> issuers = new ArrayList<>();
        for (JsonNode jwt : configuration.path("jwt")) {
            issuers.add(issuer(jwt, clock));
        }
        return List.copyOf(issuers);
    }

    private static JwtIssuer issuer(JsonNode jwt, Clock clock) {
        JsonNode issuer = jwt.path("issuer");
        String url = issuer.path("url").asString("");
        if (!url.startsWith("https://")) {
            throw new IllegalArgumentException("the issuer's url is not https: \"" + url + "\"");
        }
        List<String> audiences = new ArrayList<>();
        issuer.path("audiences").forEach(each -> audiences.add(each.asString("")));
        if (audiences.isEmpty()) {
            throw new IllegalArgumentException("the issuer " + url + " has no audiences");
        }
        String discovery =
                issuer.path("discoveryURL").asString(url.replaceFirst("/$", "") + "/.well-known/openid-configuration");
        HttpClient client = client(issuer.path("certificateAuthority").asString(""));
        return new JwtIssuer(
                url, audiences, new IssuerKeys(url, URI.create(discovery), client, clock), new ClaimRules(jwt), clock);
    }

    private static HttpClient client(String authority) {
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT);
        if (!authority.isEmpty()) {
            try {
                SSLContext tls = SSLContext.getInstance("TLS");
                tls.init(
                        null,
                        new TrustManager[] {CertifiedClients.trustManager(PemFiles.parseCertificates(authority))},
                        null);
                builder.sslContext(tls);
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException("the issuer's certificateAuthority cannot be used", e);
            }
        }
        return builder.build();
    }
}
