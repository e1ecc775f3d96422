package io.kybern.apiserver;

import io.kybern.apiserver.authn.PemFiles;
import io.kybern.apiserver.filters.ApiListener;
import io.kybern.service.KybernService;
import io.kybern.service.access.CertifiedClients;
import io.kybern.testing.RealRedis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/** A whole API server over HTTPS, on a Redis of its own, with a client that may do everything. */
final class ApiServerUnderTest implements AutoCloseable {

    /** Of somebody who may do everything. */
    static final String TOKEN = "token-of-the-test";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final RealRedis redis;
    private final boolean owner;
    private final ConfigurableApplicationContext context;
    private final HttpClient client;
    private final int port;

    private ApiServerUnderTest(
            RealRedis redis, boolean owner, ConfigurableApplicationContext context, HttpClient client) {
        this.redis = redis;
        this.owner = owner;
        this.context = context;
        this.client = client;
        this.port = context.getBean(ApiListener.class).port();
    }

    static ApiServerUnderTest start(Path directory, String... settings) {
        return start(RealRedis.start(), true, directory, settings);
    }

    /** Another server on the same Redis; to be closed before this one. */
    ApiServerUnderTest another(Path directory, String... settings) {
        return start(redis, false, directory, settings);
    }

    private static ApiServerUnderTest start(RealRedis redis, boolean owner, Path directory, String... settings) {
        try {
            TestPki.write(directory);
            Path tokens = directory.resolve("tokens.csv");
            Files.writeString(tokens, TOKEN + ",tester,1,\"system:masters\"\nnobody-token,nobody,2\n");
            List<String> arguments = new ArrayList<>(List.of(
                    "--server.port=0",
                    "--kybern.apiserver.host=127.0.0.1",
                    "--kybern.apiserver.port=0",
                    "--kybern.apiserver.pki-directory=" + directory,
                    "--kybern.apiserver.token-file=" + tokens,
                    "--kybern.apiserver.storage.encryption-key-file=",
                    "--spring.data.redis.host=127.0.0.1",
                    "--spring.data.redis.port=" + redis.port(),
                    "--spring.data.redis.password=" + redis.password()));
            arguments.addAll(List.of(settings));
            ConfigurableApplicationContext context =
                    KybernService.run(ApiServerApplication.class, "apiserver", arguments.toArray(String[]::new));
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(
                    null,
                    new TrustManager[] {
                        CertifiedClients.trustManager(PemFiles.certificates(directory.resolve("ca.crt")))
                    },
                    null);
            ApiServerUnderTest server = new ApiServerUnderTest(
                    redis,
                    owner,
                    context,
                    HttpClient.newBuilder().sslContext(tls).build());
            return server.publishing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The namespaces and what else every cluster has are made in the background; the last of them are the components' states. */
    private ApiServerUnderTest publishing() {
        try {
            Awaitility.await("what every cluster has")
                    .atMost(PATIENCE)
                    .until(() ->
                            send(request("/api/v1/componentstatuses/etcd-0")).statusCode() == 200);
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** A request to a path, with the credentials of somebody who may do everything. */
    HttpRequest.Builder request(String path) {
        return request(path, TOKEN);
    }

    /** A request with another token. */
    HttpRequest.Builder request(String path, String token) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + port + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token);
    }

    /** A connection on which a test writes itself what no client would. */
    Socket socket() throws IOException {
        Socket socket = client.sslContext().getSocketFactory().createSocket("localhost", port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    /** A WebSocket of somebody who may do everything. */
    WebSocket webSocket(String path, WebSocket.Listener listener) {
        return webSocket(path, "*/*", listener);
    }

    WebSocket webSocket(String path, String accept, WebSocket.Listener listener) {
        return client.newWebSocketBuilder()
                .header("Authorization", "Bearer " + TOKEN)
                .header("Accept", accept)
                .buildAsync(URI.create("wss://localhost:" + port + path), listener)
                .join();
    }

    int port() {
        return port;
    }

    /** What Redis holds for an object, as text; nothing if it is not there. */
    String inRedis(String hash, String field) {
        try (RedisConnection connection =
                context.getBean(RedisConnectionFactory.class).getConnection()) {
            byte[] value = connection
                    .hashCommands()
                    .hGet(hash.getBytes(StandardCharsets.UTF_8), field.getBytes(StandardCharsets.UTF_8));
            return value == null ? "" : new String(value, StandardCharsets.ISO_8859_1);
        }
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        return send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** The same for answers that are no text. */
    HttpResponse<byte[]> bytes(HttpRequest.Builder request) {
        return send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) {
        try {
            return client.send(request.build(), handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", e);
        }
    }

    /** The body of an answer that does not end. */
    InputStream stream(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", e);
        }
    }

    /** The first lines of an answer that does not end, as soon as they are there. */
    List<String> lines(HttpRequest.Builder request, int count) {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(stream(request), StandardCharsets.UTF_8))) {
            String line = "";
            while (lines.size() < count && line != null) {
                line = reader.readLine();
                if (line != null) {
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }

    @Override
    public void close() {
        client.close();
        context.close();
        if (owner) {
            redis.close();
        }
    }
}
