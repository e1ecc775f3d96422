package io.kybern.apiserver.webhooks;

import io.kybern.api.Json;
import io.kybern.apiserver.TestPki;
import io.netty.channel.ChannelId;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.JsonNode;

/** Webhooks over real TLS on this machine, one for each path. */
public final class WebhookServer implements AutoCloseable {

    private final String certificate;
    private final DisposableServer server;
    private final Map<String, UnaryOperator<JsonNode>> answers = new ConcurrentHashMap<>();
    private final Queue<JsonNode> reviews = new ConcurrentLinkedQueue<>();
    private final Map<ChannelId, Integer> connections = new ConcurrentHashMap<>();
    private volatile boolean answersOnce;

    private WebhookServer(Path directory) {
        TestPki.write(directory);
        try {
            certificate = Files.readString(directory.resolve("ca.crt"));
            SslContext tls = SslContextBuilder.forServer(
                            directory.resolve("apiserver.crt").toFile(),
                            directory.resolve("apiserver.key").toFile())
                    .build();
            server = HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .secure(spec -> spec.sslContext(tls))
                    .handle(this::handle)
                    .bindNow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static WebhookServer start(Path directory) {
        return new WebhookServer(directory);
    }

    private Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        UnaryOperator<JsonNode> answer = answers.get("/" + request.path());
        request.withConnection(connection -> {
            if (connections.merge(connection.channel().id(), 1, Integer::sum) > 1 && answersOnce) {
                connection.channel().close();
            }
        });
        return request.receive().aggregate().asByteArray().flatMap(bytes -> {
            JsonNode review = Json.read(bytes);
            reviews.add(review);
            if (answer == null) {
                return response.status(404).send().then();
            }
            JsonNode body = answer.apply(review);
            if (body.isMissingNode()) {
                return Mono.never();
            }
            return response.header("Content-Type", "application/json")
                    .sendByteArray(Mono.just(Json.bytes(body)))
                    .then();
        });
    }

    /** Lets a path answer; a missing node is no answer at all. */
    public void answer(String path, UnaryOperator<JsonNode> answer) {
        answers.put(path, answer);
    }

    /** Closes a connection when it is used a second time, without a word. */
    public void answerOncePerConnection() {
        answersOnce = true;
    }

    /** How many connections were used so far. */
    public int connections() {
        return connections.size();
    }

    /** Forgets what was asked and what is answered. */
    public void reset() {
        answersOnce = false;
        connections.clear();
        answers.clear();
        reviews.clear();
    }

    /** What was asked so far, in order. */
    public Queue<JsonNode> reviews() {
        return reviews;
    }

    /** The authority as a {@code caBundle} has it. */
    public String caBundle() {
        return Base64.getEncoder().encodeToString(certificate.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** The address of a path. */
    public String url(String path) {
        return "https://localhost:" + server.port() + path;
    }

    /** A client whose connections lead here. */
    public HttpClient client() {
        return HttpClient.create(ConnectionProvider.newConnection())
                .host("localhost")
                .port(server.port());
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
