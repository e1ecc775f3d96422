package io.kybern.node.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.kybern.node.runtime.ContainerRuntime;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PodProbesTest {

    private static final int NEVER = 3600;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger startup = new AtomicInteger(503);
    private final List<String> told = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private PodProbes probes;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (path.equals("/away")) {
                exchange.getResponseHeaders().add("Location", "http://elsewhere.invalid/");
            }
            int code = path.equals("/startup") ? startup.get() : path.equals("/away") ? 302 : 200;
            byte[] body = "Found".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        ContainerRuntime none = (ContainerRuntime) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ContainerRuntime.class}, (self, method, args) -> {
                    throw new IllegalStateException("HTTP probes need no engine");
                });
        probes = new PodProbes(
                new Prober(none, threads),
                new FirstProbing(Instant.EPOCH, () -> 0),
                Clock.systemUTC(),
                timer,
                threads,
                new PodProbes.Listener() {
                    @Override
                    public void asked(ProbeTarget target, ProbeKind kind, ProbeOutcome outcome, Duration took) {}

                    @Override
                    public void unhealthy(ProbeTarget target, ProbeKind kind, ProbeOutcome outcome) {
                        told.add(kind + " " + outcome.result() + " " + outcome.message());
                    }

                    @Override
                    public void changed() {}
                });
    }

    @AfterEach
    void end() {
        probes.end();
        timer.shutdownNow();
        threads.shutdownNow();
        server.stop(0);
    }

    private Probe probe(String path, int periodSeconds) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(path)
                .withNewPort(server.getAddress().getPort())
                .endHttpGet()
                .withPeriodSeconds(periodSeconds)
                .withTimeoutSeconds(10)
                .withFailureThreshold(1000)
                .build();
    }

    private void watch(Container container) {
        probes.watch(
                new ProbeTarget(container, "c", "127.0.0.1"), Clock.systemUTC().instant(), null);
    }

    @Test
    void aContainerThatHasComeUpIsAskedAtOnceWhetherItIsReady() {
        watch(new ContainerBuilder()
                .withStartupProbe(probe("/startup", 1))
                .withReadinessProbe(probe("/ready", NEVER))
                .build());
        await("the first turn of both is over").atMost(Duration.ofSeconds(30)).until(() -> !told.isEmpty());
        assertThat(probes.verdicts("c")).isEqualTo(new PodProbes.Verdicts(false, false, null));
        startup.set(200);
        await("it is ready").atMost(Duration.ofSeconds(30)).until(() -> probes.verdicts("c")
                .ready());
    }

    @Test
    void anAnswerThatLeadsElsewhereIsGoodEnoughButIsTold() {
        watch(new ContainerBuilder().withReadinessProbe(probe("/away", NEVER)).build());
        await("it is ready").atMost(Duration.ofSeconds(30)).until(() -> probes.verdicts("c")
                .ready());
        await("it is told").atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(told)
                .containsExactly("READINESS WARNING Probe terminated redirects, Response body: Found"));
    }
}
