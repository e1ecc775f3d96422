package io.kybern.node.probes;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HTTPGetActionBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpCheckTest {

    private static final Duration PLENTY = Duration.ofSeconds(30);

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext("/", HttpCheckTest.this::answer);
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    /** Paths are the status to answer with, {@code /302/<where>} leads there. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var headers = exchange.getRequestHeaders();
            asked.add("%s %s host=%s agent=%s accept=%s x=%s"
                    .formatted(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI(),
                            headers.getFirst("Host"),
                            headers.getFirst("User-Agent"),
                            headers.getFirst("Accept"),
                            headers.getFirst("X-Probe")));
            String[] path = exchange.getRequestURI().getPath().split("/", 3);
            if (path[1].equals("302")) {
                exchange.getResponseHeaders()
                        .set("Location", path[2].equals("away") ? "http://localhost:1/elsewhere" : "/" + path[2]);
            }
            exchange.sendResponseHeaders(Integer.parseInt(path[1]), -1);
        }
    }

    private HTTPGetActionBuilder get(String path) {
        return new HTTPGetActionBuilder().withPath(path).withNewPort("web");
    }

    private ProbeOutcome outcome(HTTPGetAction action) {
        return outcome(action, PLENTY);
    }

    private ProbeOutcome outcome(HTTPGetAction action, Duration atMost) {
        var container = new ContainerBuilder()
                .addNewPort()
                .withName("web")
                .withContainerPort(server.getAddress().getPort())
                .endPort()
                .build();
        return new HttpCheck().get(action, new ProbeTarget(container, "c", "127.0.0.1"), atMost);
    }

    private String base() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void everyStatusFrom200To399IsGood() {
        for (int good : List.of(200, 204, 299, 304, 399)) {
            assertThat(outcome(get("/" + good).build()).result()).as("%d", good).isEqualTo(ProbeOutcome.Result.SUCCESS);
        }
        for (int bad : List.of(400, 404, 500, 503)) {
            assertThat(outcome(get("/" + bad).build()))
                    .isEqualTo(ProbeOutcome.failure("HTTP probe failed with statuscode: " + bad));
        }
    }

    @Test
    void itSaysWhoAsksUnlessThePodsHeadersSayOtherwise() {
        outcome(get("/200").build());
        assertThat(asked).containsExactly("GET /200 host=" + base() + " agent=kube-probe/1.36 accept=*/* x=null");
        asked.clear();
        outcome(get("/200?a=b")
                .addNewHttpHeader("Host", "example.com")
                .addNewHttpHeader("X-Probe", "1")
                .addNewHttpHeader("User-Agent", "me")
                .build());
        assertThat(asked).containsExactly("GET /200?a=b host=example.com agent=me accept=*/* x=1");
    }

    @Test
    void redirectsAreFollowedOnTheSameHostOnly() {
        assertThat(outcome(get("/302/500").build()))
                .isEqualTo(ProbeOutcome.failure("HTTP probe failed with statuscode: 500"));
        assertThat(outcome(get("/302/away").build()))
                .isEqualTo(ProbeOutcome.warning("Probe terminated redirects, Response body: "));
    }

    @Test
    void anotherHostIsAskedIfThePodSaysSo() {
        var action = get("/200").withHost("127.0.0.1").build();
        var container = new ContainerBuilder()
                .addNewPort()
                .withName("web")
                .withContainerPort(server.getAddress().getPort())
                .endPort()
                .build();
        assertThat(new HttpCheck()
                        .get(action, new ProbeTarget(container, "c", "192.0.2.1"), PLENTY)
                        .result())
                .isEqualTo(ProbeOutcome.Result.SUCCESS);
    }

    @Test
    void aServerWithoutTlsFailsAProbeThatWantsIt() {
        // it may also wait for more
        ProbeOutcome outcome = outcome(get("/200").withScheme("HTTPS").build(), Duration.ofSeconds(3));
        assertThat(outcome.result()).isEqualTo(ProbeOutcome.Result.FAILURE);
        assertThat(outcome.message()).startsWith("Get \"https://" + base() + "/200\": ");
    }

    /** Answers every GET with the head and a byte of the body now and then, until the one who asks goes. */
    private static ServerSocket dripping(String head) throws IOException {
        ServerSocket dripping = new ServerSocket(0, 0, InetAddress.getByName("127.0.0.1"));
        Thread.ofVirtual().start(() -> {
            try (Socket asked = dripping.accept()) {
                asked.getOutputStream().write((head + "\r\n\r\nmoved").getBytes(StandardCharsets.US_ASCII));
                while (!new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS)) {
                    asked.getOutputStream().write('.');
                }
            } catch (IOException | InterruptedException gone) {
                // the end of the probe
            }
        });
        return dripping;
    }

    private static ProbeOutcome outcome(ServerSocket server, Duration atMost) {
        HTTPGetAction action =
                new HTTPGetActionBuilder().withNewPort(server.getLocalPort()).build();
        return new HttpCheck().get(action, new ProbeTarget(new ContainerBuilder().build(), "c", "127.0.0.1"), atMost);
    }

    @Test
    void aBodyThatDripsIsHeardForNoLongerThanTheProbeMayTake() throws IOException {
        try (ServerSocket dripping =
                dripping("HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 10000")) {
            ProbeOutcome outcome = outcome(dripping, Duration.ofSeconds(5));
            assertThat(outcome.result()).isEqualTo(ProbeOutcome.Result.WARNING);
            assertThat(outcome.message()).startsWith("Probe terminated redirects, Response body: moved");
        }
    }

    @Test
    void aBodyThatIsNotToldIsNotWaitedFor() throws IOException {
        try (ServerSocket dripping = dripping("HTTP/1.1 201 Created\r\nLocation: /made\r\nContent-Length: 10000")) {
            assertThat(outcome(dripping, PLENTY).result()).isEqualTo(ProbeOutcome.Result.SUCCESS);
        }
    }
}
