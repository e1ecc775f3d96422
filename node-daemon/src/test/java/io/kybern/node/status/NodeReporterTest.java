package io.kybern.node.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kybern.node.network.PodNetwork;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.RuntimeFailure;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NodeReporterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean strange = true;

    @Test
    void thatItStartsIsToldOnceWhenSomebodyListens(@TempDir Path directory) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean own = exchange.getRequestURI().getPath().endsWith("/nodes");
            if (exchange.getRequestURI().getPath().contains("/nodes")) {
                asked.incrementAndGet();
            }
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            byte[] answer = own ? body : "{}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(strange ? 403 : own ? 201 : 404, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        try (KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://localhost:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build()) {
            NodeReporter reporter = new NodeReporter(
                    new NodeReporter.Sources(
                            client,
                            fake(ContainerRuntime.class),
                            fake(PodNetwork.class),
                            (about, type, reason, message) -> events.add(reason),
                            Set::of,
                            Reservations.none()),
                    "node",
                    "bridge",
                    directory,
                    Clock.systemUTC());
            reporter.start();
            await("the node is not known yet").atMost(PATIENCE).until(() -> asked.get() > 0);
            assertThat(events).isEmpty();

            strange = false;
            await("it is told that it has been registered")
                    .atMost(PATIENCE)
                    .until(() -> events.contains("NodeHasSufficientMemory"));
            int before = asked.get();
            await("it looks again").atMost(PATIENCE).until(() -> asked.get() > before + 2);
            assertThat(events).startsWith("Starting").containsOnlyOnce("Starting");
            reporter.stop();
        } finally {
            server.stop(0);
        }
    }

    /** An engine that does not answer, a network that is not ready. */
    private static <T> T fake(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            if (method.getName().equals("ready")) {
                return false;
            }
            throw RuntimeFailure.unreachable(method.getName(), new IllegalStateException("away"));
        }));
    }
}
