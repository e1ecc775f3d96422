package io.kybern.apiserver.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.TestPki;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Hooks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

@Timeout(60)
class UpgradeTunnelIT {

    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
    private static final String ASKED = "GET /api/v1/x HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer secret\r\n"
            + "Impersonate-User: ann\r\nX-Kept: yes\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

    private static final LoopResources LOOPS = LoopResources.create("front");

    @TempDir
    private static Path pki;

    private static NodeClient client;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Throwable> dropped = new CopyOnWriteArrayList<>();
    private ServerSocket node;
    private DisposableServer server;

    @BeforeAll
    static void keys() {
        TestPki.write(pki);
        client = new NodeClient(
                pki.resolve("apiserver-kubelet-client.crt"),
                pki.resolve("apiserver-kubelet-client.key"),
                pki.resolve("ca.crt"));
    }

    @AfterAll
    static void endLoops() {
        LOOPS.dispose();
    }

    @BeforeEach
    void start() throws Exception {
        node = TestPki.serverSocket(pki);
        Hooks.onErrorDropped(dropped::add);
        tunnelTo("localhost", node.getLocalPort());
    }

    private void tunnelTo(String name, int port) {
        if (server != null) {
            server.disposeNow();
        }
        NodeAddress address = new NodeAddress(name, "127.0.0.1", port);
        server = HttpServer.create()
                // as the API server's own listener: what is tunnelled joins its event loops
                .runOn(LOOPS, false)
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) ->
                        new UpgradeTunnel(client, address, "/exec/ns/pod?command=ls").open(request, response))
                .bindNow();
    }

    @AfterEach
    void stop() throws IOException {
        server.disposeNow();
        node.close();
        threads.shutdownNow();
        Hooks.resetOnErrorDropped();
    }

    private Socket ask() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.getOutputStream().write(ASKED.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Reads up to the empty line that ends a head. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended after " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private Future<Socket> accepted(CompletableFuture<String> asked) {
        return threads.submit(() -> {
            Socket socket = node.accept();
            asked.complete(head(socket.getInputStream()));
            socket.getOutputStream().write(SWITCHED.getBytes(StandardCharsets.US_ASCII));
            return socket;
        });
    }

    @Test
    void theRequestGoesOnWithoutWhoAsked() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        Future<Socket> back = accepted(asked);
        try (Socket front = ask()) {
            assertThat(head(front.getInputStream())).isEqualTo(SWITCHED);
            assertThat(asked.get())
                    .startsWith("GET /exec/ns/pod?command=ls HTTP/1.1\r\nHost: localhost\r\n")
                    .contains("X-Kept: yes", "Upgrade: echo")
                    .doesNotContainIgnoringCase("authorization")
                    .doesNotContainIgnoringCase("impersonate")
                    .doesNotContain("Host: api");
        }
        back.get().close();
    }

    @Test
    void whateverOneSideSendsTheOtherReceives() throws Exception {
        Future<Socket> back = accepted(new CompletableFuture<>());
        byte[] sent = new byte[4 << 20];
        new Random(1).nextBytes(sent);
        try (Socket front = ask()) {
            InputStream answers = new BufferedInputStream(front.getInputStream());
            head(answers);
            Socket echo = back.get();
            threads.submit(() -> echo.getInputStream().transferTo(echo.getOutputStream()));
            OutputStream out = front.getOutputStream();
            threads.submit(() -> {
                out.write(sent);
                return null;
            });
            assertThat(answers.readNBytes(sent.length)).isEqualTo(sent);
        }
    }

    @Test
    void theNodesSideEndsWithTheClients() throws Exception {
        Future<Socket> back = accepted(new CompletableFuture<>());
        Socket front = ask();
        head(front.getInputStream());
        front.close();
        try (Socket socket = back.get()) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void theClientsSideEndsWithTheNodes() throws Exception {
        Future<Socket> back = accepted(new CompletableFuture<>());
        try (Socket front = ask()) {
            head(front.getInputStream());
            back.get().close();
            assertThat(front.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aNodeThatDoesNotAnswerIsTheServersFault() throws Exception {
        int nobody = node.getLocalPort();
        node.close();
        tunnelTo("localhost", nobody);
        try (Socket front = ask()) {
            assertThat(head(front.getInputStream())).startsWith("HTTP/1.1 500 ");
        }
        assertThat(dropped).isEmpty();
    }

    @Test
    void aNodeThatShowsAnothersCertificateIsNotSpokenTo() throws Exception {
        tunnelTo("node-7", node.getLocalPort());
        CompletableFuture<String> asked = new CompletableFuture<>();
        Future<Socket> back = accepted(asked);
        try (Socket front = ask()) {
            assertThat(head(front.getInputStream())).startsWith("HTTP/1.1 500 ");
        }
        assertThat(back).failsWithin(Duration.ofSeconds(30));
        assertThat(asked).isNotDone();
    }
}
