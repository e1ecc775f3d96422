package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.node.access.AccessProperties;
import io.kybern.node.access.FakeReviews;
import io.kybern.node.access.NodeAccess;
import io.kybern.node.runtime.OutputSink;
import io.kybern.node.stats.StatsPages;
import io.kybern.node.stats.UsageReader;
import io.kybern.node.stats.VolumeUsages;
import io.kybern.node.volumes.LocalDirectories;
import io.kybern.service.access.CertifiedClients;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NodeApiServerTest {

    @TempDir
    private Path directory;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final EchoRuntime runtime = new EchoRuntime();
    private final OnePod pods = new OnePod();
    private NodeApiServer server;
    private final FakeReviews reviews = new FakeReviews();
    private TestTls tls;

    @BeforeEach
    void startServer() {
        tls = TestTls.create(directory, "O=system:masters,CN=kube-apiserver-kubelet-client");
        NodeApiProperties properties = new NodeApiProperties(0, tls.certificate(), tls.key(), tls.certificate());
        server = new NodeApiServer(
                properties,
                new NodeAccess(
                        new CertifiedClients(properties.authorities()),
                        reviews,
                        new AccessProperties(
                                new AccessProperties.Authentication(
                                        new AccessProperties.TokenReviews(Duration.ofMinutes(2))),
                                new AccessProperties.Authorization(new AccessProperties.AccessReviews(
                                        Duration.ofMinutes(5), Duration.ofSeconds(30)))),
                        Clock.systemUTC()),
                new NodeApi(
                        pods,
                        runtime,
                        new NodeApi.Pages(
                                () -> "up 1\n",
                                () -> "prober_probe_total 1\n",
                                () -> "{\"kubeletconfig\":{}}",
                                new HealthPage(new Heartbeat(Clock.systemUTC()))),
                        new StatsPages(
                                "node-1",
                                UsageReader.ofThisMachine(new OnePod(), Path.of("/"), Clock.systemUTC()),
                                new VolumeUsages(
                                        uid -> Map.of(), (command, input) -> "", Clock.systemUTC(), Runnable::run)),
                        new SystemLogProperties(true, directory),
                        new LocalDirectories(directory.resolve("pods")),
                        threads,
                        Clock.systemUTC()));
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop();
        threads.shutdownNow();
    }

    private HttpClient client() {
        return HttpClient.newBuilder()
                .sslContext(tls.clientContext())
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client().send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    /** Collects what arrives on each channel until the server closes. */
    private static final class Session implements WebSocket.Listener {
        private final Map<Integer, ByteArrayOutputStream> channels = new HashMap<>();
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();
        private final CompletableFuture<Map<Integer, ByteArrayOutputStream>> closed = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            message.writeBytes(bytes);
            if (last) {
                byte[] whole = message.toByteArray();
                message.reset();
                channels.computeIfAbsent((int) whole[0], channel -> new ByteArrayOutputStream())
                        .write(whole, 1, whole.length - 1);
            }
            socket.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(channels);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            closed.completeExceptionally(error);
        }

        byte[] bytes(int channel) {
            return channels.get(channel).toByteArray();
        }

        String text(int channel) {
            ByteArrayOutputStream bytes = channels.get(channel);
            return bytes == null ? "" : bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private WebSocket open(String path, String protocol, Session session) throws Exception {
        return client().newWebSocketBuilder()
                .subprotocols(protocol)
                .buildAsync(URI.create("wss://localhost:" + server.port() + path), session)
                .get(50, TimeUnit.SECONDS);
    }

    private static ByteBuffer message(int channel, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(bytes.length + 1)
                .put((byte) channel)
                .put(bytes)
                .flip();
    }

    @Test
    void podsAreListedAndNoPodsAreAnEmptyList() throws Exception {
        assertThat(get("/pods").body())
                .startsWith("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[{")
                .contains("\"name\":\"web\"");
        pods.gone = true;
        assertThat(get("/pods").body())
                .isEqualTo("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[]}");
    }

    @Test
    void execJoinsTheStreamsUntilTheInputEnds() throws Exception {
        Session session = new Session();
        WebSocket socket =
                open("/exec/default/web/app?command=cat&input=1&output=1&error=1", "v5.channel.k8s.io", session);
        socket.sendBinary(message(0, "hello "), true).get(50, TimeUnit.SECONDS);
        socket.sendBinary(message(4, "{\"Width\":80,\"Height\":24}"), true).get(50, TimeUnit.SECONDS);
        socket.sendBinary(message(0, "world"), true).get(50, TimeUnit.SECONDS);
        socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get(50, TimeUnit.SECONDS);
        session.closed.get(50, TimeUnit.SECONDS);

        assertThat(socket.getSubprotocol()).isEqualTo("v5.channel.k8s.io");
        assertThat(session.text(1)).isEqualTo("hello world");
        assertThat(Json.read(session.text(3)).path("status").asString()).isEqualTo("Success");
        assertThat(runtime.sizes()).containsExactly("80x24");
    }

    @Test
    void anExitCodeIsTold() throws Exception {
        runtime.exitWith(3);
        Session session = new Session();
        WebSocket socket = open("/exec/default/web/app?command=false&input=1&output=1", "v5.channel.k8s.io", session);
        socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get(50, TimeUnit.SECONDS);
        session.closed.get(50, TimeUnit.SECONDS);

        assertThat(Json.read(session.text(3)))
                .hasToString(
                        "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"command terminated with non-zero exit code:"
                                + " command terminated with exit code 3\",\"reason\":\"NonZeroExitCode\",\"details\":{\"causes\":"
                                + "[{\"reason\":\"ExitCode\",\"message\":\"3\"}]}}");
    }

    @Test
    void largeOutputArrivesWhole() throws Exception {
        runtime.print(OutputSink.Channel.STDERR, 3_000_000);
        Session session = new Session();
        WebSocket socket =
                open("/exec/default/web/app?command=x&input=1&output=1&error=1", "v4.channel.k8s.io", session);
        socket.sendBinary(message(0, "x"), true).get(50, TimeUnit.SECONDS);
        runtime.endInput();
        session.closed.get(50, TimeUnit.SECONDS);

        assertThat(session.text(2)).hasSize(3_000_000);
    }

    @Test
    void logsAreCutAtTheLimit() throws Exception {
        assertThat(get("/containerLogs/default/web/app?limitBytes=7").body()).isEqualTo("line 1\n");
        assertThat(get("/containerLogs/default/web/app").body()).isEqualTo("line 1\nline 2\n");
    }

    @Test
    void tellsOfProbesOnAPageOfTheirOwn() throws Exception {
        assertThat(get("/metrics").body()).isEqualTo("up 1\n");
        assertThat(get("/metrics/probes").body()).isEqualTo("prober_probe_total 1\n");
    }

    @Test
    void saysWhatIsNotThere() throws Exception {
        assertThat(get("/containerLogs/default/nope/app").statusCode()).isEqualTo(404);
        assertThat(get("/containerLogs/default/web/app?previous=true"))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(400))
                .extracting(HttpResponse::body)
                .isEqualTo("previous terminated container \"app\" in pod \"web\" not found");
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/metrics/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/exec/default/web/app?command=x&output=1").statusCode()).isEqualTo(400);
    }

    @Test
    void eachForwardedPortHasTwoChannelsThatBeginWithItsNumber() throws Exception {
        Session session = new Session();
        open("/portForward/default/web?port=8080,1", "v4.channel.k8s.io", session);
        session.closed.get(50, TimeUnit.SECONDS);

        assertThat(session.bytes(0)).containsExactly(0x90, 0x1f);
        assertThat(session.bytes(1)).startsWith(0x90, 0x1f);
        assertThat(session.bytes(2)).containsExactly(1, 0);
        assertThat(session.bytes(3)).startsWith(1, 0);
    }

    private HttpResponse<String> getBy(String token, String path) throws IOException, InterruptedException {
        return HttpClient.newBuilder()
                .sslContext(tls.namelessContext())
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + path))
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void whoHasNoCertificateGetsInByTokenIfTheApiServerSaysSo() throws Exception {
        reviews.allow("scraper", "get", "metrics");
        assertThat(getBy("of-scraper", "/metrics").body()).isEqualTo("up 1\n");
        assertThat(getBy("of-scraper", "/pods"))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(403))
                .extracting(HttpResponse::body)
                .isEqualTo("Forbidden (user=scraper, verb=get, resource=nodes, subresource(s)=[pods proxy])\n");
        assertThat(getBy("nobodys", "/metrics"))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(401))
                .extracting(HttpResponse::body)
                .isEqualTo("Unauthorized");
    }

    @Test
    void tellsOfItselfAndShowsTheSystemsLogs() throws Exception {
        assertThat(get("/configz").body()).isEqualTo("{\"kubeletconfig\":{}}");
        assertThat(get("/healthz/syncloop").body()).isEqualTo("ok");
        assertThat(get("/healthz/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/runningpods/").body()).endsWith("\"items\":[]}");
        Files.writeString(directory.resolve("daemon.log"), "x".repeat(100_000) + "\n");
        assertThat(get("/logs/").body()).contains("<a href=\"daemon.log\">daemon.log</a>\n");
        assertThat(get("/logs/daemon.log").body()).hasSize(100_001);
        assertThat(get("/logs/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/logs").statusCode()).isEqualTo(404);
    }

    @Test
    void theApiServersOwnCertificateIsNotAskedAbout() throws Exception {
        reviews.away = true;
        assertThat(get("/healthz").body()).isEqualTo("ok");
    }

    @Test
    void whoOnlyHoldsConnectionsKeepsNobodyOut() throws Exception {
        List<Socket> held = new ArrayList<>();
        try {
            for (int i = 0; i <= Strangers.MOST; i++) {
                held.add(new Socket("localhost", server.port()));
            }
            assertThat(get("/healthz").body()).isEqualTo("ok");
            assertThat(held.getFirst().getInputStream().read())
                    .as("the eldest was cut off")
                    .isEqualTo(-1);
        } finally {
            for (Socket each : held) {
                each.close();
            }
        }
    }

    @Test
    void requestsThatAreSentAheadAreAnsweredInTheirOrder() throws Exception {
        try (Socket socket = tls.clientContext().getSocketFactory().createSocket("localhost", server.port())) {
            StringBuilder requests = new StringBuilder();
            for (String path : List.of("/metrics", "/%zz", "/containerLogs/default/web/app", "?x", "/healthz")) {
                requests.append("GET ").append(path).append(" HTTP/1.1\r\nHost: node\r\n\r\n");
            }
            socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
            StringBuilder answers = new StringBuilder();
            byte[] piece = new byte[4096];
            while (!answers.toString().endsWith("ok")) {
                int read = socket.getInputStream().read(piece);
                assertThat(read).as("after " + answers).isPositive();
                answers.append(new String(piece, 0, read, StandardCharsets.US_ASCII));
            }
            assertThat(Pattern.compile("HTTP/1.1 (\\d+)").matcher(answers).results())
                    .extracting(status -> status.group(1))
                    .containsExactly("200", "400", "200", "404", "200");
        }
    }
}
