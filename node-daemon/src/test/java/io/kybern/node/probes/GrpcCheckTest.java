package io.kybern.node.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GRPCAction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The frames are written out by hand, as RFC 9113 draws them. */
@Timeout(60)
class GrpcCheckTest {

    private static final Duration PLENTY = Duration.ofSeconds(30);
    private static final String SETTINGS = "000000040000000000";
    private static final String PING = "0000080600000000000102030405060708";
    private static final String HEADERS = "00000101040000000188";
    private static final String TRAILERS_ONLY = "00000101050000000188";
    private static final String TRAILERS = "00000101050000000188";

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }

    private static String data(int state) {
        return "000007000000000001" + "0000000002" + "08" + HexFormat.of().toHexDigits((byte) state);
    }

    /** Answers one connection with the given frames; completes with what the client had sent by its last word. */
    private CompletableFuture<String> answering(String frames) {
        CompletableFuture<String> sent = new CompletableFuture<>();
        threads.execute(() -> {
            try (Socket client = server.accept()) {
                byte[] asked = new byte[4096];
                int read = client.getInputStream().read(asked);
                client.getOutputStream().write(HexFormat.of().parseHex(frames));
                sent.complete(new String(asked, 0, read, StandardCharsets.ISO_8859_1));
                // held open until the client has heard enough
                client.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            } catch (IOException ended) {
                sent.completeExceptionally(ended);
            }
        });
        return sent;
    }

    private ProbeOutcome check(String service, Duration timeout) {
        return new GrpcCheck()
                .check(
                        new GRPCAction(server.getLocalPort(), service),
                        server.getInetAddress().getHostAddress(),
                        timeout);
    }

    @Test
    void aServingServiceIsHealthy() throws Exception {
        CompletableFuture<String> sent = answering(SETTINGS + PING + HEADERS + data(1) + TRAILERS);

        assertThat(check("liveness", PLENTY)).isEqualTo(ProbeOutcome.success("service healthy"));
        assertThat(sent.get())
                .startsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                .contains("/grpc.health.v1.Health/Check")
                .endsWith("\n\u0008liveness");
    }

    @Test
    void aServiceThatDoesNotServeIsNot() {
        answering(SETTINGS + HEADERS + data(2) + TRAILERS);

        assertThat(check("", PLENTY))
                .isEqualTo(ProbeOutcome.failure("service unhealthy (responded with \"NOT_SERVING\")"));
    }

    @Test
    void aCallThatFailsIsAFailure() {
        answering(SETTINGS + TRAILERS_ONLY);

        assertThat(check("", PLENTY).result()).isEqualTo(ProbeOutcome.Result.FAILURE);
    }

    @Test
    void aServerThatSaysNothingRunsIntoTheTimeLimit() {
        answering(SETTINGS);

        ProbeOutcome outcome = check("", Duration.ofSeconds(1));

        assertThat(outcome.result()).isEqualTo(ProbeOutcome.Result.FAILURE);
        assertThat(outcome.message())
                .startsWith("timeout: failed to connect service")
                .endsWith("within 1s");
    }

    @Test
    void whatIsNotHttp2IsAFailure() {
        answering(HexFormat.of().formatHex("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));

        assertThat(check("", PLENTY).result()).isEqualTo(ProbeOutcome.Result.FAILURE);
    }
}
