package io.kybern.apiserver.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Between a server that answers with all it has at once, as a node does for short logs, and a client that upgrades. */
@Timeout(60)
class LogMessagesIT {

    private static final String SHORT = "container is alive\n";
    private static final String LONG = "a line of the log\n".repeat(50_000);

    private static DisposableServer node;
    private static DisposableServer front;

    @BeforeAll
    static void start() {
        node = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) ->
                        response.sendString(Mono.just(request.uri().contains("long") ? LONG : SHORT)))
                .bindNow();
        front = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> reactor.netty.http.client.HttpClient.create()
                        .get()
                        .uri("http://127.0.0.1:" + node.port() + request.uri())
                        .response((answer, content) -> LogMessages.send(request, response, content.retain()))
                        .then())
                .bindNow();
    }

    @AfterAll
    static void stop() {
        front.disposeNow();
        node.disposeNow();
    }

    private record Received(String protocol, String binary, String text) {}

    private static final class Collector implements WebSocket.Listener {
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder part = new StringBuilder();
        private final CompletableFuture<Received> closed = new CompletableFuture<>();

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            binary.writeBytes(bytes);
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                text.append(new String(Base64.getDecoder().decode(part.toString()), StandardCharsets.UTF_8));
                part.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(
                    new Received(socket.getSubprotocol(), binary.toString(StandardCharsets.UTF_8), text.toString()));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    private static Received read(String path, String... protocols) throws Exception {
        Collector collector = new Collector();
        try (HttpClient client = HttpClient.newHttpClient()) {
            WebSocket.Builder builder = client.newWebSocketBuilder();
            if (protocols.length > 0) {
                builder.subprotocols(protocols[0]);
            }
            builder.buildAsync(URI.create("ws://127.0.0.1:" + front.port() + path), collector);
            return collector.closed.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void sendsAShortLogAndCloses() throws Exception {
        assertThat(read("/short", "binary.k8s.io")).isEqualTo(new Received("binary.k8s.io", SHORT, ""));
    }

    @Test
    void sendsALongLogWhole() throws Exception {
        assertThat(read("/long", "binary.k8s.io").binary()).isEqualTo(LONG);
    }

    @Test
    void sendsBytesToWhoNamesNoProtocol() throws Exception {
        assertThat(read("/short")).isEqualTo(new Received("", SHORT, ""));
    }

    @Test
    void sendsBytesToWhoNamesAnotherProtocol() throws Exception {
        assertThat(read("/short", "other.example.com")).isEqualTo(new Received("", SHORT, ""));
    }

    @Test
    void sendsTextInBase64WhereAsked() throws Exception {
        assertThat(read("/short", "base64.binary.k8s.io")).isEqualTo(new Received("base64.binary.k8s.io", "", SHORT));
    }
}
