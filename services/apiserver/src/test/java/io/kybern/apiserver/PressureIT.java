package io.kybern.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with room for few, and clients that take what they can. */
@Timeout(120)
class PressureIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    /** More than the server lets in at once. */
    private static final int MANY = 20;
    /** What a slow sender sends of its body. */
    private static final String BEGUN = "{\"metadata\":";

    private static ApiServerUnderTest server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = ApiServerUnderTest.start(
                directory,
                "--kybern.apiserver.max-requests-in-flight=10",
                "--kybern.apiserver.max-mutating-requests-in-flight=1",
                "--kybern.apiserver.body-patience=10s");
        await("the namespace")
                .atMost(PATIENCE)
                .until(() ->
                        server.send(server.request("/api/v1/namespaces/default").GET())
                                        .statusCode()
                                == 200);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> create(String name) {
        return server.send(server.request(MAPS)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"metadata\":{\"name\":\"" + name + "\"}}")));
    }

    /** The head of a write, with the beginning of its body. */
    private static void begin(Socket socket, String authorization, int length) throws IOException {
        String begin = "POST " + MAPS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + authorization + "Content-Length: " + length + "\r\n\r\n" + BEGUN;
        socket.getOutputStream().write(begin.getBytes(StandardCharsets.US_ASCII));
    }

    /** A write whose body never comes to its end. */
    private static Socket slow() throws IOException {
        Socket socket = server.socket();
        begin(socket, "Authorization: Bearer " + ApiServerUnderTest.TOKEN + "\r\n", 1000);
        return socket;
    }

    private static String reply(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void whoSendsSlowlyKeepsNobodyOut() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < MANY; i++) {
                slow.add(slow());
            }
            // on a slow machine the first may have had their time before the last have begun
            await("so many to have begun").atMost(PATIENCE).until(() -> {
                boolean enough = heldOfBodies() >= MANY * BEGUN.length();
                if (!enough) {
                    slow.add(slow());
                }
                return enough;
            });

            HttpResponse<String> answer = create("quick");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        } finally {
            for (Socket each : slow) {
                each.close();
            }
        }
        await("what they sent to be forgotten").atMost(PATIENCE).until(() -> heldOfBodies() == 0);
    }

    private static double heldOfBodies() {
        return metric("apiserver_request_body_held_bytes(?:\\{[^}]*})?").orElseThrow();
    }

    private static double answered(int code) {
        return metric("apiserver_request_total\\{[^}]*code=\"" + code
                        + "\"[^}]*resource=\"configmaps\"[^}]*verb=\"POST\"[^}]*}")
                .orElse(0);
    }

    private static OptionalDouble metric(String pattern) {
        String metrics = server.send(server.request("/metrics").GET()).body();
        Matcher found = Pattern.compile("(?m)^" + pattern + " (\\S+)").matcher(metrics);
        return found.find() ? OptionalDouble.of(Double.parseDouble(found.group(1))) : OptionalDouble.empty();
    }

    @Test
    void aBodyHasItsTime() throws IOException {
        double before = answered(504);
        try (Socket socket = slow()) {
            assertThat(reply(socket))
                    .startsWith("HTTP/1.1 504")
                    .contains("\"reason\":\"Timeout\"")
                    .contains("the request's body did not arrive within 10000 ms");
        }
        assertThat(answered(504)).isGreaterThan(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Authorization: Bearer no-such-token\r\n",
                "Authorization: Bearer nobody-token\r\n",
                "x-http2-stream-id: 3\r\n"
            })
    void whoMaySendNoBodyIsToldSoBeforeItIsRead(String authorization) throws IOException {
        try (Socket socket = server.socket()) {
            // of so long a body nobody would wait for the end
            begin(socket, authorization, 2_000_000);

            assertThat(reply(socket))
                    .startsWith(authorization.contains("no-such") ? "HTTP/1.1 401" : "HTTP/1.1 403")
                    .containsIgnoringCase("connection: close");
        }
    }

    @Test
    void nothingIsHeldOfWhomNobodyKnows() throws IOException {
        List<Socket> anonymous = new ArrayList<>();
        List<CompletableFuture<String>> replies = new ArrayList<>();
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            // what is open ends the readers, so it must be closed before they are waited for
            try {
                for (int i = 0; i < MANY; i++) {
                    replies.add(unknown(anonymous, readers));
                }
                // a short body's end is waited for, a moment: what would be held is held until then
                double most = 0;
                boolean looked = false;
                while (!looked || open(replies)) {
                    if (!open(replies)) {
                        // on a slow machine all may have had their time before the first look
                        replies.add(unknown(anonymous, readers));
                    }
                    most = Math.max(most, heldOfBodies());
                    looked |= open(replies);
                }
                for (CompletableFuture<String> each : replies) {
                    assertThat(each.join()).startsWith("HTTP/1.1 403").containsIgnoringCase("connection: close");
                }
                assertThat(most).isZero();
            } finally {
                for (Socket each : anonymous) {
                    each.close();
                }
            }
        }
    }

    private static CompletableFuture<String> unknown(List<Socket> sockets, ExecutorService readers) throws IOException {
        Socket socket = server.socket();
        sockets.add(socket);
        begin(socket, "", 1000);
        return CompletableFuture.supplyAsync(() -> replyOf(socket), readers);
    }

    private static boolean open(List<CompletableFuture<String>> replies) {
        return !replies.stream().allMatch(CompletableFuture::isDone);
    }

    private static String replyOf(Socket socket) {
        try {
            return reply(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aShortBodyThatNobodyWantedCostsNoConnection() throws IOException {
        try (Socket socket = server.socket()) {
            begin(socket, "", BEGUN.length());
            StringBuilder first = new StringBuilder();
            while (!first.toString().endsWith("\"code\":403}")) {
                int each = socket.getInputStream().read();
                assertThat(each).as("what follows %s", first).isNotNegative();
                first.append((char) each);
            }
            String next = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(next.getBytes(StandardCharsets.US_ASCII));

            assertThat(reply(socket)).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void whoAsksFirstIsRefusedWithoutABody() throws IOException {
        try (Socket socket = server.socket()) {
            String head = "POST " + MAPS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));

            assertThat(reply(socket)).startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void aStreamOfHttp2IsRefusedBeforeItsBody() {
        HttpRequest.BodyPublisher body = BodyPublishers.ofByteArray(new byte[2_000_000]);
        HttpResponse<String> refused = server.send(server.request(MAPS, "nobody-token")
                .header("Content-Type", "application/json")
                .POST(body));
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(403);

        assertThat(create("after-it").statusCode()).isEqualTo(201);
    }

    private static int watchers() {
        String metrics = server.send(server.request("/metrics").GET()).body();
        Matcher gauge = Pattern.compile(
                        "apiserver_longrunning_requests\\{[^}]*resource=\"endpoints\"[^}]*verb=\"WATCH\"[^}]*} (\\d+)")
                .matcher(metrics);
        return gauge.find() ? Integer.parseInt(gauge.group(1)) : 0;
    }

    @Test
    void aWatchOverAWebSocketCountsAsLongAsItLasts() {
        WebSocket socket =
                server.webSocket("/api/v1/namespaces/default/endpoints?watch=true", new WebSocket.Listener() {});
        try {
            await("the watch to be counted").atMost(PATIENCE).until(() -> watchers() == 1);
            for (int i = 0; i < 5; i++) {
                assertThat(watchers()).isEqualTo(1);
            }
        } finally {
            socket.abort();
        }
        await("the watch to end").atMost(PATIENCE).until(() -> watchers() == 0);
    }

    @Test
    void mandatoryLevelsAreKept() {
        String path = "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/";
        await("the levels")
                .atMost(PATIENCE)
                .until(() ->
                        server.send(server.request(path + "catch-all").GET()).statusCode() == 200);
        assertThat(server.send(server.request(path + "exempt").DELETE()).statusCode())
                .isEqualTo(200);
        HttpResponse<String> changed = server.send(server.request(path + "catch-all")
                .header("Content-Type", "application/merge-patch+json")
                .method(
                        "PATCH",
                        BodyPublishers.ofString("{\"spec\":{\"limited\":{\"nominalConcurrencyShares\":77}}}")));
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(422);
        assertThat(changed.body()).contains("spec of 'catch-all' must equal the fixed value");

        await("the level to be there again")
                .atMost(PATIENCE)
                .until(() -> server.send(server.request(path + "exempt").GET()).statusCode() == 200);
    }
}
