package io.kybern.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A plain HTTP client of the API server that never repeats a request by itself, as a service account that may edit one namespace.
 */
final class ApiSession implements AutoCloseable {

    static final JsonMapper JSON = JsonMapper.shared();

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final HttpClient client;
    private final String server;
    private final String token;
    private final String namespace;

    /** What the server said: the code and the body. */
    record Answer(int code, JsonNode body) {

        boolean ok() {
            return code / 100 == 2;
        }
    }

    private ApiSession(HttpClient client, String server, String token, String namespace) {
        this.client = client;
        this.server = server;
        this.token = token;
        this.namespace = namespace;
    }

    /** Makes the account and takes a token for it. */
    static ApiSession open(Kubectl kubectl) {
        String namespace = kubectl.namespace();
        kubectl.run("create", "serviceaccount", "writer");
        kubectl.run(
                "create", "rolebinding", "writer", "--clusterrole=edit", "--serviceaccount=" + namespace + ":writer");
        String token = kubectl.run("create", "token", "writer");
        return new ApiSession(client(kubectl, LIMIT), setting(kubectl, "server"), token, namespace);
    }

    /** A client that trusts the cluster's authority. */
    static HttpClient client(Kubectl kubectl, Duration connectLimit) {
        byte[] authority = Base64.getDecoder().decode(setting(kubectl, "certificate-authority-data"));
        return HttpClient.newBuilder()
                .sslContext(trusting(authority))
                .connectTimeout(connectLimit)
                .build();
    }

    /** What the kubeconfig says of the cluster. */
    static String setting(Kubectl kubectl, String name) {
        return kubectl.run("config", "view", "--raw", "--minify", "-o", "jsonpath={.clusters[0].cluster." + name + "}");
    }

    private static SSLContext trusting(byte[] authority) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry(
                    "ca",
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(authority)));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("the cluster's certificate authority cannot be used", e);
        }
    }

    /**
     * Sends one request.
     *
     * @param path below the namespace, such as {@code configmaps/a}
     * @param body sent as JSON; nothing is sent if it is empty
     * @throws IOException if no answer came; whether the request was carried out is then unknown
     */
    Answer send(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(
                request(path)
                        .timeout(LIMIT)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString(UTF_8));
        return new Answer(response.statusCode(), JSON.readTree(response.body()));
    }

    /** Opens a watch; the stream ends when the server ends it. */
    HttpResponse<Stream<String>> watch(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofLines());
    }

    /** Opens a WebSocket and answers all that arrives until the server closes it, message by message. */
    List<byte[]> listen(String path, String protocol)
            throws InterruptedException, ExecutionException, TimeoutException {
        List<byte[]> messages = new ArrayList<>();
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        CompletableFuture<List<byte[]>> closed = new CompletableFuture<>();
        WebSocket.Listener listener = new WebSocket.Listener() {
            @Override
            public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
                byte[] bytes = new byte[data.remaining()];
                data.get(bytes);
                part.writeBytes(bytes);
                if (last) {
                    messages.add(part.toByteArray());
                    part.reset();
                }
                socket.request(1);
                return null;
            }

            @Override
            public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                closed.complete(messages);
                return null;
            }

            @Override
            public void onError(WebSocket socket, Throwable error) {
                closed.completeExceptionally(error);
            }
        };
        client.newWebSocketBuilder()
                .subprotocols(protocol)
                .header("Authorization", "Bearer " + token)
                .buildAsync(
                        URI.create(
                                server.replaceFirst("^https", "wss") + "/api/v1/namespaces/" + namespace + "/" + path),
                        listener);
        return closed.get(2 * LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server + "/api/v1/namespaces/" + namespace + "/" + path))
                .header("Authorization", "Bearer " + token);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
